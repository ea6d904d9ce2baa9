namespace PermitOffice;

/// <summary>A permit application as the office knows it from the outcomes.</summary>
internal sealed class Permit(long reference, string applicant, string what)
{
    private long version;
    private int conflicts;

    public long Reference => reference;

    public string Applicant => applicant;

    public string What => what;

    /// <summary>The newest version that anybody here has heard of.</summary>
    public long Version => Interlocked.Read(ref version);

    public int Conflicts => conflicts;

    public void Saw(long newer)
    {
        for (var known = Version; newer > known; known = Version)
        {
            Interlocked.CompareExchange(ref version, newer, known);
        }
    }

    public void HadConflict() => Interlocked.Increment(ref conflicts);

    public override string ToString() => $"permit {reference}";
}
