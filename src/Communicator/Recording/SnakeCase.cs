using System.Text;

namespace Collectives.Communication.Recording;

/// <summary>Names of the code as they stand in JSON and logs: "OperationBegun" is "operation_begun".</summary>
internal static class SnakeCase
{
    private static readonly string[] s_kinds = [.. Enum.GetValues<FlightEventKind>().Select(kind => Of(kind.ToString()))];

    public static string Of(FlightEventKind kind) => s_kinds[(int)kind];

    public static string Of(string name)
    {
        StringBuilder text = new(name.Length + 4);
        foreach (char one in name)
        {
            if (char.IsAsciiLetterUpper(one) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(one));
        }

        return text.ToString();
    }
}
