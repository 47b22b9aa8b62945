using Collectives.Membership.Messages;

namespace Collectives.Simulation.Tests.Wires;

/// <summary>A control message in a line of the trace.</summary>
internal static class Words
{
    public static string Of(ControlMessage message) => message switch
    {
        Form form => $"Form({form.Roster.Epoch}: {string.Join(" ", form.Roster.Members.Select(member => member.Id))})",
        Settle settle => $"Settle({settle.Epoch}, without {string.Join(" ", settle.Losses.Select(loss => loss.Member))})",
        Settled settled => $"Settled({settled.Epoch}, {string.Join(" ", settled.States.Select(state => $"{state.Name.Origin}/{state.Name.Number}:{state.Progress}"))})",
        Verdict verdict => $"Verdict({verdict.Epoch} after {verdict.Previous}, forward {string.Join(" ", verdict.Forward.Select(name => $"{name.Origin}/{name.Number}"))}, "
            + $"fail {string.Join(" ", verdict.Fail.Select(name => $"{name.Origin}/{name.Number}"))})",
        Recalled recalled => $"Recalled({recalled.Roster.Epoch} after {recalled.Previous})",
        _ => message.ToString()!,
    };
}
