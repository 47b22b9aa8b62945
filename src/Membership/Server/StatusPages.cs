using Collectives.Membership.Messages;

namespace Collectives.Membership.Server;

/// <summary>Cuts a status document into messages.</summary>
internal static class StatusPages
{
    public static IEnumerable<StatusPage> Cut(ReadOnlyMemory<byte> document)
    {
        for (int at = 0; at == 0 || at < document.Length; at += StatusPage.MaxByteCount)
        {
            int length = Math.Min(StatusPage.MaxByteCount, document.Length - at);
            yield return new StatusPage((uint)(document.Length - at - length), document.Slice(at, length));
        }
    }
}
