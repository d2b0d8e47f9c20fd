import Glibc
import Synchronization
import Testing

/// Mutated input for everything that reads what clients write. `make fuzz` runs it for `FUZZ_SECONDS`; in the usual tests each target has a moment.
/// A failure names target, seed and round: `FUZZ_SEED=n` repeats it.
@Suite("Fuzzing", .serialized)
struct Fuzzing {
    /// Seconds for one target.
    static let seconds = (number("FUZZ_SECONDS").map({ Double($0) }) ?? 0.25 * Double(FuzzTarget.all.count)) / Double(FuzzTarget.all.count)
    static let seed = number("FUZZ_SEED") ?? (number("FUZZ_SECONDS") == nil ? 1 : UInt64(now() * 1000))

    static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test("no input crashes a parser, hangs it, or is read as something else than it says", arguments: FuzzTarget.all)
    func noInputHurts(_ target: FuzzTarget) {
        var random = FuzzRandom(state: Self.seed)
        let end = Self.now() + Self.seconds
        var rounds = 0
        print("fuzzing \(target.name): FUZZ_SEED=\(Self.seed)")
        while Self.now() < end {
            let input = rounds < target.seeds.count ? target.seeds[rounds] : target.mutate(&random)
            rounds += 1
            let begin = Watchdog.begin(target.name, input)
            let complaint = target.run(input)
            let took = Self.now() - begin
            Watchdog.end()
            if let complaint { Issue.record("\(target.name), round \(rounds): \(complaint): \(Self.shown(input))") }
            // Most take microseconds; a second is far beyond what a busy machine explains.
            if took > 5 { Issue.record("\(target.name), round \(rounds): took \(took) s: \(Self.shown(input))") }
        }
        print("fuzzed \(target.name): \(rounds) inputs")
        #expect(rounds > 0)
    }

    static func shown(_ input: [UInt8]) -> String { String(decoding: input.prefix(4000), as: UTF8.self).debugDescription }
}

/// Ends the process, naming the input, where one takes longer than a minute: nothing else can end a loop without end.
enum Watchdog {
    private static let running = Mutex<(name: String, input: [UInt8], begin: Double)?>(nil)
    private static let isStarted = Mutex(false)

    static func begin(_ name: String, _ input: [UInt8]) -> Double {
        let isFirst = isStarted.withLock { started in
            defer { started = true }
            return !started
        }
        if isFirst { start() }
        let now = Fuzzing.now()
        running.withLock { $0 = (name, input, now) }
        return now
    }

    static func end() { running.withLock { $0 = nil } }

    private static func start() {
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in
            while true {
                sleep(5)
                if let (name, input, begin) = Watchdog.running.withLock({ $0 }), Fuzzing.now() - begin > 60 {
                    print("\(name) hangs on \(Fuzzing.shown(input))")
                    abort()
                }
            }
        }, nil)
    }
}

/// Small and repeatable.
struct FuzzRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let mixed = (state ^ (state >> 29)) &* 0xbf58_476d_1ce4_e5b9
        return mixed ^ (mixed >> 32)
    }

    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
}

/// Something that reads input, with texts to begin from and words that mean something to it.
struct FuzzTarget: Sendable, CustomTestStringConvertible {
    let name: String
    let seeds: [[UInt8]]
    let words: [[UInt8]]
    /// Reads the input; answers what is wrong with what it read, `nil` where nothing is. Refusing is right.
    let run: @Sendable ([UInt8]) -> String?

    var testDescription: String { name }

    init(name: String, seeds: [[UInt8]], words: [[UInt8]], run: @escaping @Sendable ([UInt8]) -> String?) {
        (self.name, self.seeds, self.words, self.run) = (name, seeds, words, run)
    }

    /// Input that is text.
    init(name: String, seeds: [String], words: [String], run: @escaping @Sendable ([UInt8]) -> String?) {
        self.init(name: name, seeds: seeds.map { Array($0.utf8) }, words: words.map { Array($0.utf8) }, run: run)
    }

    func mutate(_ random: inout FuzzRandom) -> [UInt8] {
        var bytes = seeds[random.below(seeds.count)]
        for _ in 0...random.below(8) {
            let position = random.below(bytes.count + 1)
            let rest = bytes.count - position
            switch random.below(9) {
            case 0: if rest > 0 { bytes[position] = UInt8(truncatingIfNeeded: random.next()) }
            case 1: bytes.removeSubrange(position..<position + random.below(min(rest, 16) + 1))
            case 2, 3: bytes.insert(contentsOf: words[random.below(words.count)], at: position)
            case 4: bytes.insert(contentsOf: Array(bytes[position..<position + random.below(min(rest, 64) + 1)]), at: random.below(bytes.count + 1))
            case 5:
                let other = seeds[random.below(seeds.count)]
                bytes = Array(bytes[..<position]) + other[random.below(other.count)...]
            case 6: bytes = Array(bytes[..<position])
            case 7:
                // Deep or long: what recursion and quadratic loops would show at.
                let word = words[random.below(words.count)]
                let times = random.below(20) == 0 ? random.below(4000) : random.below(40)
                for _ in 0..<times where bytes.count < 50_000 { bytes.insert(contentsOf: word, at: position) }
            default: if rest > 0 { bytes[position] ^= UInt8(1) << UInt8(random.below(8)) }
            }
        }
        return bytes
    }
}
