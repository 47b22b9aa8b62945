using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>
/// Where a configuration field takes its value from: the caller's struct if it says something there (not
/// zero, not NULL), else the environment variable COLLECTIVES_ + the field's name, else the default. The first
/// variable that cannot be read as a number is kept as the fault.
/// </summary>
internal unsafe ref struct SettingSource
{
    public Fault Fault { get; private set; }

    public string? Text(byte* given, string variable) =>
        given != null ? Marshal.PtrToStringUTF8((nint)given) : Environment.GetEnvironmentVariable(variable);

    public T Number<T>(T given, string variable, T otherwise)
        where T : struct, IBinaryInteger<T>
    {
        if (!T.IsZero(given))
        {
            return given;
        }

        string? text = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrWhiteSpace(text))
        {
            return otherwise;
        }

        if (!T.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out T value))
        {
            Fault = Fault.IsNone
                ? new Fault(Status.InvalidArgument, $"{variable}: expected a whole number that its field can hold, found \"{text}\"")
                : Fault;
            return otherwise;
        }

        return T.IsZero(value) ? otherwise : value;
    }
}
