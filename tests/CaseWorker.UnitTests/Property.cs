using FsCheck;
using FsCheck.Fluent;

namespace CaseWorker.UnitTests;

/// <summary>What must hold for everything that a generator makes. FsCheck reports the seed and the smallest counterexample.</summary>
internal static class Property
{
    public static void Holds<T>(Gen<T> generator, Action<T> assertion, int tries = 200) =>
        Holds(generator.ToArbitrary(), assertion, tries);

    public static void Holds<T>(Arbitrary<T> arbitrary, Action<T> assertion, int tries = 200) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(tries).WithQuietOnSuccess(true), Prop.ForAll(arbitrary, assertion));

    /// <summary>Seeds for what is easier made by hand than by combinators.</summary>
    public static Gen<int> Seeds => Gen.Choose(0, int.MaxValue - 1);

    /// <summary>A list made smaller by leaving out halves, then single entries.</summary>
    public static IEnumerable<IReadOnlyList<T>> Shrink<T>(IReadOnlyList<T> list)
    {
        if (list.Count > 3)
        {
            yield return [.. list.Take(list.Count / 2)];
            yield return [.. list.Skip(list.Count / 2)];
        }

        for (var i = 0; i < list.Count; i++)
        {
            yield return [.. list.Take(i), .. list.Skip(i + 1)];
        }
    }
}
