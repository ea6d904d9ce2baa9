using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CaseWorker.Contracts;

namespace CaseWorker.Client.Json;

/// <summary>Writes commands. A body may have 64 levels, and the command adds one.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 65)]
[JsonSerializable(typeof(CaseCommand))]
internal sealed partial class CommandJson : JsonSerializerContext;

/// <summary>Writes bodies that the client composes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(NoteBody))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class BodyJson : JsonSerializerContext;

/// <summary>Reads outcomes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(CaseAccepted))]
[JsonSerializable(typeof(CaseConflicted))]
[JsonSerializable(typeof(CaseRejected))]
[JsonSerializable(typeof(CaseParked))]
internal sealed partial class OutcomesJson : JsonSerializerContext;

/// <summary>Reads responses of the HTTP API. Required members are checked: a response of another server must not look like an empty case.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CaseSnapshot))]
[JsonSerializable(typeof(FeedPage))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>The body of a note.</summary>
internal sealed record NoteBody(string Body);
