using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CaseWorker.Client.Json;

/// <summary>How the application's own types are read and written.</summary>
internal static class TypedJson
{
    /// <param name="options">The application's options; null for System.Text.Json's web defaults.</param>
    /// <exception cref="InvalidOperationException">The program is trimmed or compiled ahead of time, and the options do not know the type.</exception>
    public static JsonTypeInfo<T> InfoOf<T>(JsonSerializerOptions? options) => (JsonTypeInfo<T>)Complete(options).GetTypeInfo(typeof(T));

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Reflection is used only if the program has it; see the exception.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Reflection is used only if the program has it; see the exception.")]
    private static JsonSerializerOptions Complete(JsonSerializerOptions? options)
    {
        if (options?.TypeInfoResolver is null && !JsonSerializer.IsReflectionEnabledByDefault)
        {
            throw new InvalidOperationException("This program has no reflection for JSON (it is trimmed or compiled ahead of time). Pass the options of a JsonSerializerContext that knows the type.");
        }

        options ??= JsonSerializerOptions.Web;
        if (options.TypeInfoResolver is null)
        {
            options.MakeReadOnly(populateMissingResolver: true);
        }

        return options;
    }
}
