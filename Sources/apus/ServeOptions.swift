import Cloud

/// What the command line asks of `apus serve` and `apus demo`. A word that isn't known stops the program: a mistyped switch must not go unnoticed.
struct ServeOptions {
    var cloud = CloudOptions()
    var host = "127.0.0.1"
    var port: UInt16 = 4566

    static let usage = """
          --port N               the port to listen on (default 4566; 0 takes a free one)
          --host ADDRESS         the address to listen on (default 127.0.0.1)
          --data DIR             keep everything in this folder; without it, in memory
          --account ID           the account of callers whose access key id isn't 12 digits (default 000000000000)
          --seed N               make every id and every choice repeatable
          --auth                 refuse requests whose SigV4 signature isn't right
          --secret ID=SECRET     an access key id and its secret; may be repeated (without it: test for every id)
          --realistic-status     pass through CREATING, UPDATING, DELETING as AWS does
          --throttle             refuse what goes beyond a DynamoDB table's throughput
          --collection-limit N   the most bytes of a DynamoDB item collection, where there are local indexes (default 10 GB)
          --runtime NAME=COMMAND run functions of that runtime (or of all whose names begin so) with a command; may be repeated
          --image NAME=PATH      run a program in the place of an image; may be repeated
          --keep-queue-names     keep the name of a deleted SQS queue for a minute as AWS does
        """

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--auth": cloud.requiresSignatures = true
            case "--realistic-status": cloud.hasRealisticStatus = true
            case "--throttle": cloud.throttles = true
            case "--keep-queue-names": cloud.keepsDeletedQueueNames = true
            case "--collection-limit": cloud.collectionLimit = try Self.number(word, rest.popFirst())
            case "--port": port = try Self.number(word, rest.popFirst())
            case "--seed": cloud.seed = try Self.number(word, rest.popFirst()) as UInt64
            case "--host": host = try Self.text(word, rest.popFirst())
            case "--data": cloud.dataDirectory = try Self.text(word, rest.popFirst())
            case "--account":
                let account = try Self.text(word, rest.popFirst())
                guard account.utf8.count == 12, account.utf8.allSatisfy({ $0 &- 48 < 10 }) else { throw UsageError("--account takes twelve digits, not '\(account)'.") }
                cloud.account = account
            case "--secret":
                let (id, secret) = try Self.pair(word, "ID=SECRET", rest.popFirst())
                cloud.secrets[id] = secret
            case "--runtime":
                let (name, command) = try Self.pair(word, "NAME=COMMAND", rest.popFirst())
                cloud.runtimes[name] = command.split(separator: " ").map(String.init)
            case "--image":
                let (name, path) = try Self.pair(word, "NAME=PATH", rest.popFirst())
                cloud.images[name] = path
            default: throw UsageError("'\(word)' is no option.")
            }
        }
    }

    private static func text(_ option: String, _ value: String?) throws(UsageError) -> String {
        guard let value, !value.isEmpty else { throw UsageError("\(option) takes a value.") }
        return value
    }

    private static func pair(_ option: String, _ form: String, _ value: String?) throws(UsageError) -> (String, String) {
        let parts = try text(option, value).split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw UsageError("\(option) takes \(form).") }
        return (String(parts[0]), String(parts[1]))
    }

    private static func number<Number: FixedWidthInteger>(_ option: String, _ value: String?) throws(UsageError) -> Number {
        guard let number = Number(try text(option, value)) else { throw UsageError("\(option) takes a whole number from \(Number.min) to \(Number.max), not '\(value ?? "")'.") }
        return number
    }
}

struct UsageError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
