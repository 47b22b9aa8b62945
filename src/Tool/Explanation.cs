using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Collectives.Algorithms;
using Collectives.Algorithms.Costs;

namespace Collectives.Tool;

/// <summary>The algorithms that a call could take, as a table or as JSON.</summary>
internal sealed class Explanation(Chooser chooser, ChoiceQuestion question, int world)
{
    private readonly Candidate[] _candidates = [.. chooser.Explain(question)];
    private readonly Algorithm _chosen = chooser.Choose(question).Algorithm;

    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{question.Bytes} bytes among {world} members at {(chooser.Sites.Length == 1 ? "one site" : $"{chooser.Sites.Length} sites")}\n");
        var table = new TextTable("algorithm", "hops", "MB per member", "predicted ms", "");
        foreach (Candidate candidate in _candidates)
        {
            table.Add(
                AlgorithmNames.NameOf(candidate.Algorithm), candidate.Hops.ToString(CultureInfo.InvariantCulture), Number(candidate.BytesSent / 1e6),
                Number(1e3 * candidate.Seconds), candidate.Algorithm == _chosen ? "chosen" : "");
        }

        table.WriteTo(text, indent: "  ");
        return text.ToString();
    }

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("bytes", question.Bytes);
            json.WriteNumber("world", world);
            json.WriteStartArray("sites");
            foreach (int[] site in chooser.Sites)
            {
                json.WriteStartArray();
                foreach (int rank in site) json.WriteNumberValue(rank);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteString("chosen", AlgorithmNames.NameOf(_chosen));
            json.WriteStartArray("candidates");
            foreach (Candidate candidate in _candidates)
            {
                json.WriteStartObject();
                json.WriteString("algorithm", AlgorithmNames.NameOf(candidate.Algorithm));
                json.WriteNumber("hops", candidate.Hops);
                json.WriteNumber("bytes_per_member", candidate.BytesSent);
                json.WriteNumber("predicted_seconds", Math.Round(candidate.Seconds, 9));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Number(double value) => value.ToString(value < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);
}
