using Collectives.Communication.Operations;
using Collectives.Communication.Tests.Support;
using Collectives.Transport;

namespace Collectives.Communication.Tests.Operations;

public sealed class PeersTests
{
    [Fact]
    public void APeerRemovedTwiceDoesNotTakeItsSuccessorAlong()
    {
        using World world = new(2, inProcess: true);
        Member member = world.Members[0];
        member.OnLoop(() =>
        {
            Peer NewPeer()
            {
                MemberId id = MemberId.Draw();
                return member.Engine.PeerOf(id, member.Network.Open(id, "127.0.0.1", 1));
            }

            // As when a link is lost, a new member takes the place, and then the lost one's epoch is over.
            Peer lost = NewPeer();
            member.Network.Close(lost.Link);
            member.Engine.Remove(lost);
            Peer successor = NewPeer();
            Assert.Equal(lost.Link.Tag, successor.Link.Tag);
            member.Engine.Remove(lost);
            Assert.Same(successor, member.Engine.Peers[successor.Link.Tag]);
        });
    }
}
