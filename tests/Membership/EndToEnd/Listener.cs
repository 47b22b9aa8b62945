using System.Threading.Channels;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Tests.EndToEnd;

/// <summary>Keeps what a session hears, in order, for a test that waits for it.</summary>
internal sealed class Listener : ICoordinatorListener
{
    private readonly Channel<object> _heard = Channel.CreateUnbounded<object>();

    public sealed record Pending(uint Count);

    public sealed record Disconnected(Fault Fault);

    public sealed record Reconnected;

    public void OnWaiting(Waiting waiting) => Keep(waiting);

    public void OnForm(Form form) => Keep(form);

    public void OnActivate(Activate activate) => Keep(activate);

    public void OnPending(uint count, bool hasBetterOrder) => Keep(new Pending(count));

    public void OnProbe(Probe probe) => Keep(probe);

    public void OnSettle(Settle settle) => Keep(settle);

    public void OnVerdict(Verdict verdict) => Keep(verdict);

    public void OnInquire(Inquire inquire) => Keep(inquire);

    public void OnRuling(Ruling ruling) => Keep(ruling);

    public void OnRelay(Relay relay) => Keep(relay);

    /// <summary>Answers a coordinator that does not know the active epoch.</summary>
    public Action? WhenRecalled { get; set; }

    public void OnRecall() => WhenRecalled?.Invoke();

    public void OnEvicted(Evicted evicted) => Keep(evicted);

    public void OnRefused(Refused refused) => Keep(refused);

    public void OnDisconnected(Fault fault) => Keep(new Disconnected(fault));

    public void OnReconnected() => Keep(new Reconnected());

    /// <summary>The next message of that type that fits; others before it are skipped.</summary>
    public async Task<T> Next<T>(Predicate<T>? fits = null)
        where T : class
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var skipped = new List<object>();
        try
        {
            while (true)
            {
                object heard = await _heard.Reader.ReadAsync(timeout.Token);
                if (heard is T wanted && (fits is null || fits(wanted))) return wanted;
                skipped.Add(heard);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"no {typeof(T).Name} within 20 s; heard {string.Join(", ", skipped)}");
        }
    }

    private void Keep(object heard) => Assert.True(_heard.Writer.TryWrite(heard));
}
