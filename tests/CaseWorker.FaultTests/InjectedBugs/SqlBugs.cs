namespace CaseWorker.FaultTests.InjectedBugs;

/// <summary>Bugs in what is written, injected as triggers: they change the rows between the worker and its tables.</summary>
internal static class SqlBugs
{
    public static IReadOnlyDictionary<string, string> ByName { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["note doubled"] = Without("case_notes", "case_notes_case_reference_nonce_key") + Trigger("AFTER INSERT ON case_notes", """
            IF pg_trigger_depth() = 1 THEN
              INSERT INTO case_notes (case_reference, nonce, body, author, created_at) VALUES (NEW.case_reference, NEW.nonce, NEW.body, NEW.author, NEW.created_at);
            END IF;
            """),
        ["nonce skipped"] = Trigger("BEFORE INSERT ON case_events", "NEW.nonce := NEW.nonce + 1;"),
        ["version bumped by a note"] = Trigger("BEFORE INSERT ON case_events", """
            IF NEW.action = 'note.add' THEN
              NEW.version := NEW.version + 1;
              UPDATE case_data SET version = LEAST(version + 1, nonce) WHERE reference = NEW.case_reference;
            END IF;
            """),
        ["version not bumped by a change"] = Trigger("BEFORE UPDATE ON case_data", "NEW.version := OLD.version;"),
        ["version bumped by an unchanged write"] = Trigger("BEFORE INSERT ON case_events", """
            IF NEW.action <> 'note.add' AND NOT NEW.changed THEN
              NEW.version := NEW.version + 1;
              UPDATE case_data SET version = LEAST(version + 1, nonce) WHERE reference = NEW.case_reference;
            END IF;
            """),
        ["global number skipped"] = Trigger("BEFORE UPDATE ON global_head", "NEW.nonce := NEW.nonce + 1;"),
        ["blob is not what the log says"] = Trigger("BEFORE UPDATE ON case_data", """NEW.json_blob := NEW.json_blob || '{"planted": true}';"""),
        ["refusal not recorded"] = Trigger("BEFORE INSERT ON command_refusals", "RETURN NULL;"),
    };

    public static string Without(string table, string constraint) => $"ALTER TABLE {table} DROP CONSTRAINT {constraint};";

    private static string Trigger(string when, string body) => $"""
        CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $planted$ BEGIN {body} RETURN NEW; END $planted$;
        CREATE TRIGGER planted {when} FOR EACH ROW EXECUTE FUNCTION planted();
        """;
}
