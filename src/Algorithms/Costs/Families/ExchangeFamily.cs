using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Costs.Families;

/// <summary>
/// Every member's whole input to every other: a + S b, and (P-1) S to send, receive and add up for each. One hop is the least that there
/// is; the bytes are the most.
/// </summary>
internal sealed class ExchangeFamily : ICostFamily
{
    /// <summary>An input is one frame.</summary>
    public const long MaxBytes = 256 * 1024;

    public Algorithm Algorithm => Algorithm.Exchange;

    public bool Offers(in ChoiceQuestion question, WorldShape shape) =>
        question.Collective == Collective.AllReduce && question.Bytes <= MaxBytes && shape.HasAllLinks;

    public List<Block> Blocks(in ChoiceQuestion question, WorldShape shape) =>
    [
        .. Enumerable.Range(0, shape.World).Select(member =>
            new Block(1, null, CostTree.Of(new StarTree(member, shape.World), shape.World), IsAddedUp: true, IsCut: false)),
    ];
}
