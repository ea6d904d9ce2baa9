namespace CaseWorker.Contracts;

/// <summary>Checks arguments, on frameworks of any age.</summary>
internal static class Guard
{
    public static void NotNull(object? value, string name)
    {
#if NET
        ArgumentNullException.ThrowIfNull(value, name);
#else
        _ = value ?? throw new ArgumentNullException(name);
#endif
    }

    public static void Positive(long value, string name)
    {
#if NET
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
#else
        if (value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, "It must be positive.");
        }
#endif
    }
}
