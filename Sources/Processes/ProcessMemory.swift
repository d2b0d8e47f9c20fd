import Glibc

/// What `/proc` says about the memory of processes.
enum ProcessMemory {
    private static let pageSize = max(Int(sysconf(Int32(_SC_PAGESIZE))), 4096)

    /// Of the process and all that descend from it, in bytes; memory that they share is counted for each.
    static func resident(_ process: Int32) -> Int {
        var sum = 0
        var queue = [Int(process)]
        // Bounded: a process that forks faster than this reads must not hold the loop up.
        var left = 256
        while let next = queue.popLast(), left > 0 {
            left -= 1
            guard let line = read("/proc/\(next)/statm") else { continue }
            let fields = line.split(separator: 32)
            guard fields.count > 1, let pages = number(fields[1]) else { continue }
            sum += pages * pageSize
            queue += children(of: next)
        }
        return sum
    }

    /// Of all its threads, as any of them may fork.
    private static func children(of process: Int) -> [Int] {
        guard let directory = opendir("/proc/\(process)/task") else { return [] }
        defer { closedir(directory) }
        var found: [Int] = []
        while let entry = readdir(directory) {
            let thread = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { Int(String(cString: $0)) } }
            guard let thread, let line = read("/proc/\(process)/task/\(thread)/children") else { continue }
            found += line.split(separator: 32).compactMap { number($0) }
        }
        return found
    }

    /// The line `VmHWM` of its status, in bytes; 0 where it has ended.
    static func peak(_ process: Int32) -> Int {
        guard let status = read("/proc/\(process)/status") else { return 0 }
        for line in status.split(separator: 10) where line.starts(with: "VmHWM:".utf8) {
            return line.split { $0 == 32 || $0 == 9 }.compactMap { number($0) }.first.map { $0 * 1024 } ?? 0
        }
        return 0
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? { Int(String(decoding: digits.filter { $0 > 32 }, as: UTF8.self)) }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 8192) { buffer, count in count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count)) }
        return bytes.isEmpty ? nil : bytes
    }
}
