namespace CaseWorker.Benchmarks.Plans;

/// <summary>Ready-made messages on their way to another process: for each an id, a case, a length and the body.</summary>
internal static class PlanFile
{
    public static void Write(string path, IReadOnlyCollection<PlannedCommand> plan)
    {
        using var writer = new BinaryWriter(File.Create(path));
        foreach (var command in plan)
        {
            writer.Write(command.Id.ToByteArray());
            writer.Write(command.CaseReference);
            writer.Write(command.Body.Length);
            writer.Write(command.Body);
        }
    }

    public static List<ReadyMessage> Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var messages = new List<ReadyMessage>();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            messages.Add(new ReadyMessage(new Guid(reader.ReadBytes(16)), reader.ReadInt64(), reader.ReadBytes(reader.ReadInt32())));
        }

        return messages;
    }
}

/// <summary>A command as the publisher sends it.</summary>
internal sealed record ReadyMessage(Guid Id, long CaseReference, byte[] Body);
