using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class CommandRunnerTests
{
    [Theory]
    [InlineData(CommandRunner.Ok)]
    [InlineData(CommandRunner.Failed)]
    public async Task A_command_that_ran_has_its_own_exit_code(int code) =>
        (await CommandRunner.GuardAsync(() => Task.FromResult(code))).ShouldBe(code);

    [Fact]
    public async Task A_command_that_could_not_run_ends_with_2() =>
        (await CommandRunner.GuardAsync(() => throw new CommandException("The test's file is missing."))).ShouldBe(CommandRunner.Unusable);

    [Fact]
    public async Task A_command_that_was_stopped_ends_with_130() =>
        (await CommandRunner.GuardAsync(() => throw new OperationCanceledException())).ShouldBe(130);

    [Fact]
    public async Task Services_that_were_all_stopped_end_with_130_too() =>
        (await CommandRunner.GuardAsync(() => throw new AggregateException(new OperationCanceledException(), new TaskCanceledException()))).ShouldBe(130);

    [Fact]
    public async Task A_fault_of_the_program_keeps_its_stack_trace() =>
        (await Should.ThrowAsync<InvalidCastException>(CommandRunner.GuardAsync(() => throw new InvalidCastException("fault")))).Message.ShouldBe("fault");

    [Fact]
    public void A_wrong_setting_is_explained_by_its_own_message() => CommandRunner.Explain(new SettingException("Set it.")).ShouldBe("Set it.");

    [Fact]
    public void Wrong_options_are_explained_one_a_line() =>
        CommandRunner.Explain(new OptionsValidationException("CaseWorker", typeof(CaseWorkerOptions), ["first", "second"]))!.Split(Environment.NewLine).ShouldBe(["first", "second"]);

    [Fact]
    public void What_PostgreSQL_refuses_is_explained_with_its_SQLSTATE() =>
        CommandRunner.Explain(new PostgresException("permission denied for table dead_letters", "ERROR", "ERROR", "42501"))!
            .ShouldSatisfyAllConditions(sentence => sentence.ShouldContain("permission denied for table dead_letters"), sentence => sentence.ShouldContain("42501"));

    [Theory]
    [InlineData("42P01", "relation \"dead_letters\" does not exist")]
    [InlineData("42703", "column \"successor\" does not exist")]
    public void A_schema_that_lacks_something_is_explained_with_the_command_that_brings_it(string state, string message) =>
        CommandRunner.Explain(new PostgresException(message, "ERROR", "ERROR", state))!
            .ShouldSatisfyAllConditions(sentence => sentence.ShouldStartWith("The schema lacks"), sentence => sentence.ShouldContain(message), sentence => sentence.ShouldContain("`caseworker db apply`"));

    [Fact]
    public void A_database_that_cannot_be_reached_is_explained_with_the_setting() =>
        CommandRunner.Explain(new NpgsqlException("outer", new IOException("Connection refused")))!
            .ShouldSatisfyAllConditions(sentence => sentence.ShouldContain("Connection refused."), sentence => sentence.ShouldContain(ConnectionSettings.DatabaseSetting));

    [Fact]
    public void A_broker_that_cannot_be_reached_is_explained_through_every_wrapper()
    {
        var unreachable = new BrokerUnreachableException(new IOException("Connection refused"));
        foreach (var error in (Exception[])[unreachable, new MassTransit.ConnectionException("bus", unreachable), new AggregateException(new InvalidCastException(), unreachable)])
        {
            CommandRunner.Explain(error)!.ShouldContain(ConnectionSettings.BrokerSetting);
        }
    }

    [Fact]
    public void Foreign_text_in_an_error_obeys_no_terminal() =>
        CommandRunner.Explain(new NpgsqlException("\u001B[2Jgone\nnext"))!.Where(char.IsControl).ShouldBeEmpty();

    [Fact]
    public void A_fault_of_the_program_is_not_explained()
    {
        CommandRunner.Explain(new InvalidOperationException("fault")).ShouldBeNull();
        CommandRunner.Explain(new AggregateException(new InvalidCastException())).ShouldBeNull();
    }
}
