import Testing

/// The design's rules, held by machine. Where one of these fails, the change is wrong, or the rule is and is changed here in the open.
@Suite("House rules")
struct HouseRulesTests {
    /// Floors: a target may import only what stands here. Services see the kernel and pure modules, never each other, a socket, or the store.
    static let mayImport: [String: Set<String>] = [
        "Bootstraps": [],
        "Collections": [],
        "JSON": [],
        "Crypto": ["COpenSSL"],
        "Compression": ["CZlib"],
        "EventLoop": ["CLinux", "Glibc", "Synchronization", "Collections"],
        "Kernel": ["Collections", "EventLoop", "JSON"],
        "SigV4": ["Kernel", "Crypto", "Synchronization"],
        "YAML": ["JSON", "CYAML"],
        "EventPatterns": ["Kernel", "JSON"],
        "Wire": ["Kernel", "JSON", "SigV4", "Compression"],
        "HTTPServer": ["Kernel", "EventLoop", "Collections", "CLinux", "Glibc", "Synchronization"],
        "Storage": ["Kernel", "EventLoop", "CSQLite", "Dispatch", "Synchronization", "Glibc"],
        "Processes": ["Kernel", "EventLoop", "Compression", "CLinux", "Glibc", "Synchronization"],
        "DynamoDB": ["Kernel", "JSON", "Collections", "Crypto", "Synchronization"],
        "Lambda": ["Kernel", "JSON", "Collections", "Compression", "Crypto", "EventPatterns", "Synchronization"],
        "APIGateway": ["Kernel", "JSON", "YAML", "Collections"],
        "CloudWatchLogs": ["Kernel", "JSON", "Collections", "Compression"],
        "SES": ["Kernel", "JSON"],
        "SNS": ["Kernel", "JSON", "Collections", "Crypto", "EventPatterns"],
        "SQS": ["Kernel", "JSON", "Collections", "Crypto", "EventLoop"],
        "LambdaRuntime": ["Kernel", "JSON", "SigV4", "HTTPServer", "Compression", "EventLoop", "Synchronization"],
        "Boletia": ["LambdaRuntime"],
        "bootstrap": ["Boletia", "LambdaRuntime", "Lottery", "Transactions"],
        "Lottery": ["LambdaRuntime"],
        "Transactions": ["LambdaRuntime"],
        "Cloud": [
            "Kernel", "JSON", "EventLoop", "Wire", "HTTPServer", "Storage", "SigV4", "DynamoDB", "Lambda", "APIGateway", "CloudWatchLogs", "SES", "SNS", "SQS", "LambdaRuntime",
            "Bootstraps", "Compression", "Processes", "FoundationEssentials",
        ],
        "Demos": ["Cloud", "Boletia", "LambdaRuntime", "Kernel", "JSON", "HTTPServer"],
        "apus": ["Cloud", "Demos", "Boletia", "Lottery", "Transactions", "LambdaRuntime", "Kernel", "JSON", "EventLoop", "FoundationEssentials", "Glibc"],
    ]

    @Test("dependencies point down only", arguments: SourceTree.sources)
    func imports(_ file: SourceFile) throws {
        let allowed = try #require(Self.mayImport[file.target], "\(file.target) has no line in the table of floors")
        #expect(Set(file.imports).subtracting(allowed).isEmpty)
    }

    @Test("Foundation stays out of what ends in the server", arguments: SourceTree.sources)
    func foundation(_ file: SourceFile) {
        #expect(!file.imports.contains("Foundation"))
    }

    @Test("nobody reads the clock but CloudClock", arguments: SourceTree.sources)
    func clock(_ file: SourceFile) {
        let exempt = ["Sources/EventLoop/SystemTime.swift", "Sources/EventLoop/MonotonicTime.swift", "Sources/Kernel/CloudClock.swift"]
        guard !exempt.contains(file.path) else { return }
        for (number, text) in file.code {
            for word in ["clock_gettime", "gettimeofday", "Date()", "Date.now", "SystemTime.", "ContinuousClock", "SuspendingClock", "DispatchTime.now", "time(nil)"] {
                #expect(!text.contains(word), "\(file.path):\(number) reads a clock")
            }
        }
    }

    @Test("what is random comes from the seedable source", arguments: SourceTree.sources)
    func randomness(_ file: SourceFile) {
        guard file.path != "Sources/Kernel/Randomness.swift" else { return }
        for (number, text) in file.code {
            for word in [".random(in:", "SystemRandomNumberGenerator", ".randomElement(", ".shuffled()", "UUID()"] {
                #expect(!text.contains(word), "\(file.path):\(number) draws its own lot")
            }
        }
    }

    /// Files in which memory is handled by hand or isolation is promised, each with its reason beside the line.
    @Test("unsafe code stands only where it says why", arguments: SourceTree.sources)
    func unsafety(_ file: SourceFile) {
        for (number, text) in file.code {
            for word in ["@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast", "unsafeDowncast"] where text.contains(word) {
                let around = file.lines[max(0, number - 8)..<number].joined(separator: " ").lowercased()
                #expect(around.contains("sound"), "\(file.path):\(number) doesn't say why \(word) is sound")
            }
        }
    }

    @Test("nothing in the sources can trap on what a client sends", arguments: SourceTree.sources)
    func traps(_ file: SourceFile) {
        for (number, text) in file.code {
            for word in ["try!", "as!", "fatalError("] {
                #expect(!text.contains(word), "\(file.path):\(number) has \(word)")
            }
        }
    }

    @Test("a file is one idea", arguments: SourceTree.everything)
    func length(_ file: SourceFile) {
        #expect(file.lines.count <= 600)
    }

    @Test("nothing sleeps", arguments: SourceTree.everything)
    func sleeping(_ file: SourceFile) {
        guard !file.path.hasPrefix("Tests/HouseRulesTests") else { return }
        for (number, text) in file.code {
            for word in ["Task.sleep", "usleep(", "nanosleep(", "Thread.sleep"] {
                #expect(!text.contains(word), "\(file.path):\(number) sleeps")
            }
        }
    }

    @Test("no type is named after a module", arguments: SourceTree.sources)
    func typeNames(_ file: SourceFile) {
        for (number, text) in file.code {
            let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
            for (word, next) in zip(words, words.dropFirst()) where ["struct", "class", "enum", "actor", "protocol", "typealias"].contains(word) {
                #expect(Self.mayImport[next] == nil, "\(file.path):\(number) names a type after the module \(next)")
            }
        }
    }

    @Test("the package has no packages")
    func packages() throws {
        let manifest = try #require(SourceTree.text("Package.swift"))
        #expect(!manifest.contains(".package("))
    }
}
