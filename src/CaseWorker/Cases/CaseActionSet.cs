using CaseWorker.Configuration;
using CaseWorker.Contracts;

namespace CaseWorker.Cases;

/// <summary>The registered actions by name.</summary>
internal sealed class CaseActionSet
{
    private readonly Dictionary<string, ICaseAction> actions;

    /// <exception cref="ArgumentException">Two actions share a name.</exception>
    public CaseActionSet(IEnumerable<ICaseAction> actions) =>
        this.actions = actions.ToDictionary(action => action.Name, StringComparer.Ordinal);

    public static IReadOnlyList<IBuiltInAction> BuiltIn { get; } = [new CaseCreate(), new CaseReplace(), new CaseMerge(), new NoteAdd()];

    /// <summary>Finds an action for use inside the worker, where the name was checked before.</summary>
    public ICaseAction this[string name] => actions[name];

    /// <summary>Finds an action whose events are folded by applying it again; null for a registered or an unknown one.</summary>
    public IBuiltInAction? FindFolding(string name) => actions.GetValueOrDefault(name) as IBuiltInAction;

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<ICaseAction> All => actions.Values;

    /// <summary>Finds an action by the name a producer sent; an unknown one is an error that names the nearest.</summary>
    public ICaseAction? Find(string name, List<FieldError> errors)
    {
        if (actions.TryGetValue(name, out var action))
        {
            return action;
        }

        var nearest = actions.Keys.MinBy(known => Distance(known, name))!;
        var known = string.Join(", ", actions.Keys.Order(StringComparer.Ordinal));
        var hint = Distance(nearest, name) <= 3 ? $" Did you mean \"{nearest}\"?" : "";
        errors.Add(new FieldError("/action", $"Unknown action.{hint} Known are: {known}."));
        return null;
    }

    /// <exception cref="SettingException">One of the names is no action.</exception>
    public IReadOnlySet<string> CheckSkipped(IReadOnlyList<string> names)
    {
        var errors = new List<FieldError>();
        foreach (var name in names)
        {
            if (Find(name, errors) is null)
            {
                throw new SettingException($"{CaseWorkerOptions.Section}:{nameof(CaseWorkerOptions.Skip)} names \"{name}\". {errors[0].Message}");
            }
        }

        return names.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Levenshtein's distance, in one row.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
