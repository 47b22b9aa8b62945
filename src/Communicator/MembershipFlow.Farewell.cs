using Collectives.Communication.Operations;
using Collectives.Transport.Progress;

namespace Collectives.Communication;

/// <summary>The last frames leave before the connections close.</summary>
internal sealed partial class MembershipFlow
{
    /// <summary>Waits on the loop until everything has left, for a bounded time.</summary>
    private sealed class Farewell(MembershipFlow flow, Completion done, long deadlineMs) : ILoopMessage, ILoopTicker
    {
        private bool _ended;

        public void Run()
        {
            flow._loop.Add(this);
            Tick(flow._loop.NowMs);
        }

        public void Tick(long nowMs)
        {
            if (_ended || (nowMs < deadlineMs && flow._engine.Peers.Any(IsOwedSomething))) return;
            _ended = true;
            flow._network.Dispose();
            flow._loop.End(done);
        }

        // A member that has gone before takes nothing more.
        private bool IsOwedSomething(Peer? peer) => peer is { Link: { IsUp: true, HasUnsent: true } } && !flow._lost.Contains(peer.Id);
    }
}
