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
    [InlineData("42501", "insufficient_privilege")]
    [InlineData("42P01", "undefined_table")]
    [InlineData("53100", "disk_full")]
    [InlineData("53300", "too_many_connections")]
    [InlineData("57P01", "admin_shutdown")]
    [InlineData("57P03", "cannot_connect_now")]
    [InlineData("58030", "io_error")]
    [InlineData("XX000", "internal_error")]
    [InlineData("XX001", "data_corrupted")]
    public void What_time_or_an_operator_heals_is_tried_again_for_ever(string sqlState, string name)
    {
        foreach (var batchSize in new[] { 1, 400 })
        {
            FailurePolicy.Decide(Postgres(sqlState), batchSize, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.TryAgain, name);
            FailurePolicy.Decide(Postgres(sqlState), batchSize, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.TryAgain, name);
        }
    }

    [Theory]
    [InlineData("25P03", "idle_in_transaction_session_timeout")]
    [InlineData("40001", "serialization_failure")]
    [InlineData("40P01", "deadlock_detected")]
    [InlineData("53200", "out_of_memory: of shared memory for locks, too")]
    [InlineData("57014", "query_canceled: by a statement timeout")]
    public void What_a_smaller_batch_may_not_meet_is_halved_then_deferred_then_given_up(string sqlState, string name) => ShouldBeHalvedAndDeferred(Postgres(sqlState), name);

    [Fact]
    public void Too_little_memory_and_another_writer_are_met_by_a_smaller_batch()
    {
        ShouldBeHalvedAndDeferred(new InsufficientMemoryException(), "memory");
        ShouldBeHalvedAndDeferred(new CaseActionException("of an action", new InsufficientMemoryException()), "memory");
        ShouldBeHalvedAndDeferred(new DbUpdateConcurrencyException("somebody else"), "another writer");
    }

    [Fact]
    public void A_batch_that_is_too_slow_is_halved_and_one_command_waits_for_its_server()
    {
        FailurePolicy.Decide(new NpgsqlException("reading failed", new TimeoutException()), batchSize: 2, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Split);
        FailurePolicy.Decide(new NpgsqlException("reading failed", new TimeoutException()), batchSize: 1, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.TryAgain);
    }

    [Fact]
    public void A_locked_row_is_like_a_batch_that_is_too_large_and_a_locked_table_stops_everything()
    {
        ShouldBeHalvedAndDeferred(Postgres("55P03", "while updating tuple (0,1) in relation \"permits\""), "row");
        FailurePolicy.Decide(Postgres("55P03"), batchSize: 1, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.TryAgain, "table");
    }

    [Fact]
    public void Locked_cases_are_deferred_for_half_a_minute_and_then_given_up()
    {
        var locked = new CasesLockedException([42], Postgres("55P03"));
        FailurePolicy.Decide(locked, batchSize: 400, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Defer);
        FailurePolicy.Decide(locked, batchSize: 1, attempt: 100, FailurePolicy.MaxDeferral - TimeSpan.FromTicks(1)).ShouldBe(FailureAction.Defer);
        FailurePolicy.Decide(locked, batchSize: 1, attempt: 100, FailurePolicy.MaxDeferral).ShouldBe(FailureAction.DeadLetter);
    }

    [Fact]
    public void A_case_whose_parked_queue_is_full_is_deferred_until_an_operator_decides() =>
        FailurePolicy.Decide(new ParkingFullException("full", [42]), batchSize: 400, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.Defer);

    [Fact]
    public void Damage_of_the_store_is_never_a_dead_letter()
    {
        var (ofAll, ofOneCase) = (new StoreFailureException("all"), new StoreFailureException("one", affectsOneCase: true));
        FailurePolicy.Decide(ofAll, batchSize: 400, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.TryAgain);
        FailurePolicy.Decide(ofAll, batchSize: 1, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.TryAgain);
        FailurePolicy.Decide(ofOneCase, batchSize: 400, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Split);
        FailurePolicy.Decide(ofOneCase, batchSize: 1, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.Defer);
    }

    [Fact]
    public void A_command_whose_action_is_too_slow_gets_one_more_attempt()
    {
        FailurePolicy.Decide(new SlowCommandException("slow", 42), batchSize: 400, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Defer);
        FailurePolicy.Decide(new SlowCommandException("slow", 42), batchSize: 1, attempt: 2, TimeSpan.FromSeconds(1)).ShouldBe(FailureAction.DeadLetter);
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
        new InvalidOperationException("outer", new NpgsqlException("inner")),
        new InvalidOperationException("outer", new InvalidOperationException("between", new SocketException())),
        new AggregateException(new TimeoutException()),
        new CaseActionException("a query of an action's code", new NpgsqlException("connection lost")),
    ];

    [Theory]
    [MemberData(nameof(Passing), DisableDiscoveryEnumeration = true)]
    public void Connections_and_timeouts_are_waited_for(Exception error)
    {
        FailurePolicy.IsTransient(error).ShouldBeTrue();
        FailurePolicy.Decide(error, batchSize: 1, attempt: 1_000_000, TimeSpan.MaxValue).ShouldBe(FailureAction.TryAgain);
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
        FailurePolicy.Decide(error, batchSize: 400, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Split, name);
        FailurePolicy.Decide(error, batchSize: 2, attempt: 9, TimeSpan.MaxValue).ShouldBe(FailureAction.Split, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Defer, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 2, TimeSpan.FromSeconds(1)).ShouldBe(FailureAction.Defer, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 3, TimeSpan.FromSeconds(1)).ShouldBe(FailureAction.DeadLetter, name);
    }

    private static void ShouldBeHalvedAndDeferred(Exception error, string name)
    {
        FailurePolicy.IsTransient(error).ShouldBeTrue(name);
        FailurePolicy.Decide(error, batchSize: 400, attempt: 1, TimeSpan.Zero).ShouldBe(FailureAction.Split, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 100, FailurePolicy.MaxDeferral - TimeSpan.FromTicks(1)).ShouldBe(FailureAction.Defer, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 2, FailurePolicy.MaxDeferral).ShouldBe(FailureAction.Defer, name);
        FailurePolicy.Decide(error, batchSize: 1, attempt: 3, FailurePolicy.MaxDeferral).ShouldBe(FailureAction.DeadLetter, name);
    }

    private static PostgresException Postgres(string sqlState, string? context = null) =>
        new("a message that decides nothing: deadlock, timeout", "ERROR", "ERROR", sqlState, where: context);
}
