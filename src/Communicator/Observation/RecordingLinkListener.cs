using Collectives.Communication.Operations;
using Collectives.Communication.Recording;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Communication.Observation;

/// <summary>Stands before the listener that acts on links, and records what it hears.</summary>
internal sealed class RecordingLinkListener(ILinkListener acts, FlightRecorder recorder) : ILinkListener
{
    public void LinkUp(Peer peer)
    {
        recorder.Link(FlightEventKind.LinkUp, peer.Id);
        acts.LinkUp(peer);
    }

    public void LinkDown(Peer peer)
    {
        recorder.Link(FlightEventKind.LinkDown, peer.Id);
        acts.LinkDown(peer);
    }

    public void LinkLost(Peer peer, Fault fault)
    {
        recorder.Link(FlightEventKind.LinkLost, peer.Id, words: fault.Message);
        acts.LinkLost(peer, fault);
    }

    public void KeepsWaiting(Epoch epoch, int rank, string text) => acts.KeepsWaiting(epoch, rank, text);

    public void IsLate(Operation operation, LatePolicy policy, string text) => acts.IsLate(operation, policy, text);

    public void CannotStay(Fault fault) => acts.CannotStay(fault);
}
