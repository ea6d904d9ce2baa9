using System.Reflection;

namespace CaseWorker.Diagnostics;

/// <summary>The version of this CaseWorker.</summary>
internal static class ProductVersion
{
    /// <summary>Without the commit that a build may put behind it.</summary>
    public static string Value { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
