using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>A member without lanes: a session, and what it hears.</summary>
internal sealed class Member : IDisposable
{
    public MemberId Id { get; } = MemberId.Draw();

    public Listener Heard { get; } = new();

    public CoordinatorSession Session { get; private set; } = null!;

    public static Member Join(string coordinators, int minMembers, uint group = 0, string token = "", int heartbeatMs = 0, string host = "")
    {
        var member = new Member();
        Fault fault = CoordinatorSession.Start(member.Settings(coordinators, minMembers, group, token, heartbeatMs, host), member.Heard, out CoordinatorSession? session);
        Assert.True(fault.IsNone, fault.Message);
        member.Session = session!;
        return member;
    }

    public SessionSettings Settings(string coordinators, int minMembers, uint group = 0, string token = "", int heartbeatMs = 0, string host = "") => new()
    {
        Coordinators = coordinators,
        Member = Id,
        MinMembers = minMembers,
        Group = group,
        Token = token,
        HeartbeatMs = heartbeatMs,
        AdvertisedHost = host,
        Port = 4000,
        DeadlineMs = 15_000,
    };

    /// <summary>Takes part in forming until that epoch is active.</summary>
    public async Task<Roster> BecomeActive(Predicate<Roster>? fits = null)
    {
        Form form = await Heard.Next<Form>(form => fits is null || fits(form.Roster));
        Session.Ready(new Ready(form.Roster.Epoch));
        await Heard.Next<Activate>(activate => activate.Epoch == form.Roster.Epoch);
        Heard.WhenRecalled = () => Session.Recalled(new Recalled(form.Roster, 0, false, null));
        return form.Roster;
    }

    /// <summary>Goes on after a loss, having no operations; what was lost.</summary>
    public async Task<Loss[]> Settle()
    {
        Settle question = await Heard.Next<Settle>();
        Session.Settled(new Settled(question.Epoch, []));
        Verdict verdict = await Heard.Next<Verdict>(verdict => verdict.Epoch == question.Epoch);
        return [.. verdict.Losses];
    }

    public void Dispose() => Session.Dispose();
}
