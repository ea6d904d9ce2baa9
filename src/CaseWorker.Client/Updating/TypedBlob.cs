using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace CaseWorker.Client.Updating;

/// <summary>Changes a blob through a type that may know only part of it: only properties that the change made different are written.</summary>
internal static class TypedBlob
{
    /// <summary>Turns a change of the typed value into a change of the blob.</summary>
    public static Func<JsonObject, JsonObject?> Change<T>(Func<T, T?> change, JsonTypeInfo<T> json)
        where T : class => blob =>
        {
            var value = blob.Deserialize<T>(json)!;

            // Written before the change, which may modify the value in place.
            var before = Write(value, json);
            if (change(value) is not { } changed)
            {
                return null;
            }

            Carry(before, Write(changed, json), blob);
            return blob;
        };

    private static JsonObject Write<T>(T value, JsonTypeInfo<T> json) =>
        JsonSerializer.SerializeToNode(value, json) as JsonObject
        ?? throw new ArgumentException($"{typeof(T).Name} is not written as a JSON object, and a case is one.", nameof(value));

    private static void Carry(JsonObject before, JsonObject after, JsonObject blob)
    {
        foreach (var (name, _) in before.Where(property => !after.ContainsKey(property.Key)))
        {
            blob.Remove(name);
        }

        foreach (var (name, value) in after)
        {
            var isOld = before.TryGetPropertyValue(name, out var old);
            if (isOld && JsonNode.DeepEquals(old, value))
            {
                continue;
            }

            if (old is JsonObject oldPart && value is JsonObject newPart && blob[name] is JsonObject part)
            {
                Carry(oldPart, newPart, part);
            }
            else
            {
                blob[name] = value?.DeepClone();
            }
        }
    }
}
