import Foundation
@testable import Processes
import Testing

@Suite("Where programs are")
struct ExecutableSearchTests {
    /// Makes executables in a directory, calls the body with its path.
    func with(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let directory = try TemporaryDirectory("path")
        defer { directory.remove() }
        for (name, content) in files {
            let path = directory.path + "/" + name
            try FileManager.default.createDirectory(atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
            #expect(FileManager.default.createFile(atPath: path, contents: Data(content.utf8), attributes: [.posixPermissions: 0o755]))
        }
        try body(directory.path)
    }

    @Test("the first that can be executed along the path, directories and plain files left out")
    func path() throws {
        try with(["a/tool/x": "", "b/tool": "", "c/tool": "", "d/tool": ""]) { root in
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: root + "/b/tool")
            let path = "relative::\(root)/none:\(root)/a:\(root)/b:\(root)/c:\(root)/d"
            #expect(ExecutableSearch.find("tool", environment: ["PATH": path]) == root + "/c/tool")
            #expect(ExecutableSearch.find("other", environment: ["PATH": path]) == nil)
            #expect(ExecutableSearch.find("", environment: ["PATH": path]) == nil)
            #expect(ExecutableSearch.find("..", environment: ["PATH": path]) == nil)
            #expect(ExecutableSearch.find(root + "/d/tool", environment: [:]) == root + "/d/tool")
            #expect(ExecutableSearch.find(root + "/b/tool", environment: [:]) == nil)
            #expect(ExecutableSearch.find("sh", environment: [:]) == ExecutableSearch.find("sh", environment: ["PATH": "/usr/bin:/bin"]))
        }
    }

    @Test("a shim stands for the version that its manager has selected")
    func shim() throws {
        let files = [
            ".pyenv/shims/python3": "#!/usr/bin/env bash\nexec pyenv exec", ".pyenv/versions/3.9.2/bin/python3": "", ".pyenv/versions/3.10.1/bin/python3": "",
            ".pyenv/versions/2.7.18/bin/python2": "", ".pyenv/shims/python2": "#!/usr/bin/env bash\nexec pyenv exec", ".pyenv/version": "system\n2.7.18\n", "bin/python3": "",
            ".pyenv/shims/python4": "#!/bin/sh",
        ]
        try with(files) { root in
            var environment = ["PATH": "\(root)/.pyenv/shims:\(root)/bin"]
            #expect(ExecutableSearch.find("python2", environment: environment) == root + "/.pyenv/versions/2.7.18/bin/python2")
            // Its manager would run none.
            #expect(ExecutableSearch.find("python3", environment: environment) == root + "/bin/python3")
            #expect(ExecutableSearch.find("python4", environment: environment) == nil)
            environment["PYENV_VERSION"] = "3.9"
            #expect(ExecutableSearch.find("python3", environment: environment) == root + "/.pyenv/versions/3.9.2/bin/python3")
            environment = ["PATH": root + "/.pyenv/shims"]
            #expect(ExecutableSearch.find("python3", environment: environment) == root + "/.pyenv/versions/3.10.1/bin/python3")
        }
    }

    @Test("asdf keeps its versions elsewhere; a link to a program is that program")
    func otherManagers() throws {
        try with([".asdf/shims/node": "#!/bin/sh", ".asdf/installs/nodejs/20.1.0/bin/node": "", ".asdf/installs/nodejs/9.0.0/bin/node": "", "x/node": ""]) { root in
            #expect(ExecutableSearch.find("node", environment: ["PATH": "\(root)/.asdf/shims"]) == root + "/.asdf/installs/nodejs/20.1.0/bin/node")
            try FileManager.default.createSymbolicLink(atPath: root + "/x/nodejs", withDestinationPath: "node")
            #expect(ExecutableSearch.find("nodejs", environment: ["PATH": root + "/x"]) == root + "/x/nodejs")
        }
    }
}
