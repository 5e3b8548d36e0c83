// SPDX-License-Identifier: Apache-2.0
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Test points: what holds is printed as "ok - NAME", what does not with the exception below it. */
class Points {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static boolean failed;

    /** What a point does; it throws when something does not hold. */
    interface Body {
        void run() throws Exception;
    }

    static void point(String name, Body body) {
        try {
            body.run();
            OUT.println("ok - " + name);
        } catch (Exception | AssertionError error) {
            failed = true;
            var trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            OUT.println("not ok - " + name);
            trace.toString().lines().limit(12).forEach(line -> OUT.println("#   " + line));
        }
    }

    static void skip(String name, String reason) {
        OUT.println("ok - " + name + " # SKIP " + reason);
    }

    /** The SDK's HTTP client keeps threads alive, so the program must be ended. */
    static void end() {
        System.exit(failed ? 1 : 0);
    }

    static void equal(Object expected, Object actual) {
        if (!Objects.deepEquals(expected, actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    static void matches(String pattern, String text) {
        if (text == null || !text.matches(pattern)) {
            throw new AssertionError(text + " is not " + pattern);
        }
    }

    static <E extends Exception> E thrown(Class<E> kind, Body body) throws Exception {
        try {
            body.run();
        } catch (Exception error) {
            if (kind.isInstance(error)) {
                return kind.cast(error);
            }
            throw error;
        }
        throw new AssertionError(kind.getSimpleName() + " was not thrown");
    }
}
