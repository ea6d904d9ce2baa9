using System.Net.Sockets;
using CaseWorker.Actions;
using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Resilience;

public sealed class FailurePolicyTests
{
    [Theory]
    [InlineData("08006", "connection_failure")]
    [InlineData("08P01", "protocol_violation")]
    [InlineData("25006", "read_only_sql_transaction: a standby")]
    [InlineData("28P01", "invalid_password")]
    [InlineData("3D000", "invalid_catalog_name")]
    [InlineData("40001", "serialization_failure")]
    [InlineData("40P01", "deadlock_detected")]
    [InlineData("42501", "insufficient_privilege")]
    [InlineData("42P01", "undefined_table")]
    [InlineData("53100", "disk_full")]
    [InlineData("53200", "out_of_memory")]
    [InlineData("53300", "too_many_connections")]
    [InlineData("55P03", "lock_not_available")]
    [InlineData("57014", "query_canceled")]
    [InlineData("57P01", "admin_shutdown")]
    [InlineData("57P03", "cannot_connect_now")]
    [InlineData("58030", "io_error")]
    [InlineData("XX000", "internal_error")]
    [InlineData("XX001", "data_corrupted")]
    public void What_time_or_an_operator_heals_is_tried_again_for_ever(string sqlState, string name)
    {
        foreach (var batchSize in new[] { 1, 400 })
        {
            FailurePolicy.Decide(Postgres(sqlState), batchSize, attempt: 1).ShouldBe(FailureAction.TryAgain, name);
            FailurePolicy.Decide(Postgres(sqlState), batchSize, attempt: 1_000_000).ShouldBe(FailureAction.TryAgain, name);
        }
    }

    [Theory]
    [InlineData("22001", "string_data_right_truncation")]
    [InlineData("22003", "numeric_value_out_of_range")]
    [InlineData("22P05", "untranslatable_character")]
    [InlineData("22P02", "invalid_text_representation")]
    [InlineData("22030", "duplicate_json_object_key_value")]
    [InlineData("23502", "not_null_violation")]
    [InlineData("23503", "foreign_key_violation")]
    [InlineData("23505", "unique_violation")]
    [InlineData("23514", "check_violation")]
    [InlineData("54000", "program_limit_exceeded")]
    [InlineData("54001", "statement_too_complex")]
    [InlineData("P0001", "raise_exception: a trigger's own rule")]
    public void What_comes_from_the_data_is_found_and_set_aside(string sqlState, string name) => ShouldBeFoundAndSetAside(Postgres(sqlState), name);

    public static TheoryData<Exception> Passing() =>
    [
        new NpgsqlException("connection refused"),
        new NpgsqlException("reading failed", new IOException("reset")),
        new TimeoutException(),
        new IOException(),
        new SocketException(),
        new OperationCanceledException(),
        new TaskCanceledException(),
        new ObjectDisposedException("NpgsqlConnection"),
        new InsufficientMemoryException(),
        new DbUpdateConcurrencyException("somebody else"),
        new InvalidOperationException("outer", new NpgsqlException("inner")),
        new DbUpdateException("outer", Postgres("40001")),
        new InvalidOperationException("outer", new InvalidOperationException("between", new SocketException())),
        new AggregateException(new TimeoutException()),
        new CaseActionException("a query of an action's code", new NpgsqlException("connection lost")),
        new CaseActionException("a query of an action's code", new InvalidOperationException("between", Postgres("40P01"))),
    ];

    [Theory]
    [MemberData(nameof(Passing), DisableDiscoveryEnumeration = true)]
    public void Connections_timeouts_and_other_writers_are_waited_for(Exception error)
    {
        FailurePolicy.IsTransient(error).ShouldBeTrue();
        FailurePolicy.Decide(error, batchSize: 1, attempt: 1_000_000).ShouldBe(FailureAction.TryAgain);
    }

    public static TheoryData<Exception> Lasting() =>
    [
        new InvalidOperationException("bug"),
        new NotSupportedException("bug"),
        new FormatException("bug"),
        new InvalidCastException("a parameter"),
        new DbUpdateException("outer", Postgres("23505")),
        new DbUpdateException("no cause"),
        new CaseActionException("no cause"),
        new CaseActionException("a file of an action's own", new IOException("no such file")),
        new CaseActionException("a token of an action's own", new OperationCanceledException()),
        new CaseActionException("an action's own limit", new InvalidOperationException("outer", new TimeoutException())),
        new InvalidOperationException("outer", new DbUpdateException("between", Postgres("22P05"))),
    ];

    [Theory]
    [MemberData(nameof(Lasting), DisableDiscoveryEnumeration = true)]
    public void Everything_else_is_found_and_set_aside(Exception error) => ShouldBeFoundAndSetAside(error, error.Message);

    [Fact]
    public void Where_PostgreSQL_speaks_inside_a_connection_error_PostgreSQL_is_believed() =>
        FailurePolicy.IsTransient(new DbUpdateException("outer", new InvalidOperationException("between", Postgres("22P02")))).ShouldBeFalse();

    private static void ShouldBeFoundAndSetAside(Exception error, string name)
    {
        FailurePolicy.Decide(error, batchSize: 400, attempt: 1).ShouldBe(FailureAction.Split, name);
        FailurePolicy.Decide(error, batchSize: 2, attempt: 9).ShouldBe(FailureAction.Split, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 1).ShouldBe(FailureAction.TryAgain, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 2).ShouldBe(FailureAction.TryAgain, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 3).ShouldBe(FailureAction.DeadLetter, name);
    }

    private static PostgresException Postgres(string sqlState) => new("a message that decides nothing: deadlock, timeout", "ERROR", "ERROR", sqlState);
}
