import EventLoop
import Glibc

/// Where programs are on this machine.
package enum ExecutableSearch {
    /// The absolute path of a program, looked for along `PATH` as a shell does.
    ///
    /// A version manager's shim (pyenv, rbenv, nodenv, goenv, asdf) is not what is found but the program that it stands for: shims are scripts that cost some 30 ms at
    /// each start, and there are some that have no version to run. Where a manager has several versions, the selected one is taken, then whatever else
    /// is on the path, then the manager's last one.
    /// - Parameter name: `python3.11`; a path is answered as it is, if it can be executed.
    package static func find(_ name: String) -> String? { find(name, environment: ProcessEnvironment.variables) }

    static func find(_ name: String, environment: [String: String]) -> String? {
        guard !name.isEmpty, name != ".", name != ".." else { return nil }
        guard !name.utf8.contains(0x2f) else { return isExecutable(name) ? name : nil }
        var others: [String] = []
        for directory in (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") where directory.utf8.first == 0x2f {
            let candidate = "\(directory)/\(name)"
            guard isExecutable(candidate) else { continue }
            guard directory.hasSuffix("/shims"), isScript(candidate) else { return candidate }
            let versions = Versions(root: String(directory.dropLast("/shims".count)), program: name, environment)
            if let selected = versions.selected { return selected }
            others += versions.all.suffix(1)
        }
        return others.first
    }

    /// Whether anything is at a path.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The programs that stand in a directory, by their paths, sorted; none where there is no such directory.
    package static func executables(in directory: String) -> [String] {
        Versions.names(in: directory).sorted().map { "\(directory)/\($0)" }.filter(isExecutable)
    }

    static func isExecutable(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func isScript(_ path: String) -> Bool { beginning(of: path, 2) == Array("#!".utf8) }

    fileprivate static func beginning(of path: String, _ length: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in count = max(0, read(descriptor, buffer.baseAddress, length)) }
    }
}

/// The versions of a program that a version manager has installed.
private struct Versions {
    /// Paths of the program, the newest version last.
    var all: [String] = []
    /// The one that the shim would run.
    var selected: String?

    /// - Parameter root: pyenv and its kin keep versions in `ROOT/versions/VERSION/bin`, asdf in `ROOT/installs/PLUGIN/VERSION/bin`.
    init(root: String, program: String, _ environment: [String: String]) {
        let tools = ["\(root)/versions"] + Self.names(in: "\(root)/installs").map { "\(root)/installs/\($0)" }
        var found: [(version: String, path: String)] = []
        for tool in tools {
            for version in Self.names(in: tool).sorted(by: Self.isOlder) {
                let path = "\(tool)/\(version)/bin/\(program)"
                if ExecutableSearch.isExecutable(path) { found.append((version, path)) }
            }
        }
        all = found.map(\.path)
        let manager = root.split(separator: "/").last.map { $0.drop { $0 == "." }.uppercased() } ?? ""
        // `PYENV_VERSION=3.12.1:2.7.18` before `ROOT/version`, which has a version per line.
        let choice = environment["\(manager)_VERSION"] ?? String(decoding: ExecutableSearch.beginning(of: "\(root)/version", 4096), as: UTF8.self)
        for wanted in choice.split(whereSeparator: { $0 == ":" || $0.isWhitespace }) where selected == nil {
            // A prefix (`3.12`) stands for the newest such version.
            selected = found.last { $0.version == wanted || $0.version.hasPrefix(wanted + ".") }?.path
        }
    }

    /// `3.9.1` before `3.10`: numbers as numbers, the rest as text.
    private static func isOlder(_ left: String, _ right: String) -> Bool {
        let parts = [left, right].map { $0.split { $0 == "." || $0 == "-" } }
        for (one, other) in zip(parts[0], parts[1]) where one != other {
            if let first = Int(one), let second = Int(other) { return first < second }
            return one < other
        }
        return parts[0].count < parts[1].count
    }

    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
