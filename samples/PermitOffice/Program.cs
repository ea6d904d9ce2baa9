using PermitOffice;

return await DemoVerb.RunAsync(args);
