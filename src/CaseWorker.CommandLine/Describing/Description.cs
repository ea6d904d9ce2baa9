namespace CaseWorker.CommandLine.Describing;

/// <summary>What this worker is, for tools: the names of the properties are part of what the version promises.</summary>
internal sealed record Description(
    Versions Versions, Topology Topology, Limits Limits, IReadOnlyList<ActionInfo> Actions, IReadOnlyList<OutcomeInfo> Outcomes, IReadOnlyList<OptionInfo> Options);

/// <param name="CaseWorker">Of this program, semantic.</param>
/// <param name="Schema">The newest migration that this worker knows.</param>
/// <param name="Runtime">What it runs on.</param>
internal sealed record Versions(string CaseWorker, string Schema, string Runtime);

/// <param name="Slots">The routing key of a command is its case reference modulo this.</param>
internal sealed record Topology(int Slots, IReadOnlyList<ExchangeInfo> Exchanges, IReadOnlyList<QueueInfo> Queues, IReadOnlyList<BindingInfo> Bindings);

internal sealed record ExchangeInfo(string Name, string Type, IReadOnlyDictionary<string, object> Arguments);

internal sealed record QueueInfo(string Name, IReadOnlyDictionary<string, object> Arguments);

/// <param name="Source">An exchange.</param>
/// <param name="Destination">An exchange or a queue.</param>
/// <param name="DestinationType"><c>exchange</c> or <c>queue</c>.</param>
/// <param name="RoutingKey">Empty for a fanout exchange.</param>
internal sealed record BindingInfo(string Source, string Destination, string DestinationType, string RoutingKey);

/// <param name="CommandBytes">Of one command, and of a case's JSON after a change.</param>
/// <param name="BodyDepth">Levels of objects and arrays inside the body.</param>
/// <param name="Properties">All levels of a command together.</param>
/// <param name="SignificantDigits">Of a number.</param>
/// <param name="DecimalExponent">Of a number, to either side.</param>
/// <param name="NoteBytes">UTF-8, of a note's text.</param>
/// <param name="NameLength">UTF-16 units of action, actor and correlation id.</param>
/// <param name="ErrorsTold">In one rejection.</param>
/// <param name="CaseReference">The largest, as text: JavaScript loses integers above 2^53.</param>
internal sealed record Limits(
    int CommandBytes, int BodyDepth, int Properties, int SignificantDigits, int DecimalExponent, int NoteBytes, int NameLength, int ErrorsTold, string CaseReference);

/// <param name="Name">On the wire.</param>
/// <param name="CreatesCase">Whether it makes the case; all others need one that exists.</param>
/// <param name="IsBuiltIn">Whether every CaseWorker has it; the others are this program's own.</param>
internal sealed record ActionInfo(string Name, bool CreatesCase, bool IsBuiltIn);

internal sealed record OutcomeInfo(string Name, string Exchange);

/// <param name="Name">In the configuration.</param>
/// <param name="Variable">In the environment.</param>
/// <param name="Value">As configured here.</param>
internal sealed record OptionInfo(string Name, string Variable, int Minimum, int Maximum, int Default, int Value);
