// SPDX-License-Identifier: Apache-2.0
// Test points, and what they compare.
using System;
using System.Collections.Generic;
using System.Json;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

static class Points
{
    public static int Failed { get; private set; }

    public static void Point(string name, Action body)
    {
        try
        {
            body();
            Console.WriteLine("ok - " + name);
        }
        catch (Exception error)
        {
            Failed += 1;
            Console.WriteLine("not ok - " + name);
            Console.WriteLine(Regex.Replace(error.ToString(), "^", "#   ", RegexOptions.Multiline));
        }
    }

    /// <summary>Ends the process, 0 when every point holds, without Mono's own shutdown: in 6.8 that races with its
    /// I/O thread and sometimes aborts ("Assertion at mono-threads.c:2005") after the last line of Main.</summary>
    public static void Exit()
    {
        Console.Out.Flush();
        ExitAtOnce(Failed > 0 ? 1 : 0);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    static extern void ExitAtOnce(int status);

    public static void Equal<T>(T wanted, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(wanted, found))
            throw new Exception($"wanted {wanted}, found {found}");
    }

    public static void SameSet(IEnumerable<string> wanted, IEnumerable<string> found) =>
        Equal(string.Join(", ", wanted.OrderBy(text => text)), string.Join(", ", found.OrderBy(text => text)));

    public static void Matches(string pattern, string found)
    {
        if (!Regex.IsMatch(found, pattern)) throw new Exception($"{found} is not like {pattern}");
    }

    // A string of JSON; any other kind is no text.
    public static string Text(this JsonValue value)
    {
        Equal(JsonType.String, value.JsonType);
        return (string)value;
    }

    public static int Number(this JsonValue value)
    {
        Equal(JsonType.Number, value.JsonType);
        return (int)value;
    }
}
