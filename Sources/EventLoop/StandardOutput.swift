import CLinux
import Glibc

/// What a program prints, and its end.
package enum StandardOutput {
    /// From now on each line that is printed is written at its end, also where nobody looks at a terminal.
    package static func writesLineByLine() { clinux_line_buffer_output() }

    /// Ends the process when everything that was printed is written.
    package static func end(status: Int32) -> Never { exit(status) }
}
