using PermitOffice;

return await DemoCommand.RunAsync(args);
