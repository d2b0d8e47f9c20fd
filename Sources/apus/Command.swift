import Boletia
import Cloud
import Demos
import EventLoop
import Glibc
import Kernel
import Lottery
import Transactions

/// The command: its words, and what each does.
enum Command {
    static let usage = """
        apus \(LocalCloud.version), a local AWS in one program

        apus serve [options]          answer AWS's APIs on one port
        apus demo boletia [options]   deploy the ticket-sales system and play it, call by call
        apus version
        apus help

        Options of serve and demo:
        \(ServeOptions.usage)
        """

    static func run(_ arguments: [String]) async {
        do throws(UsageError) {
            switch arguments.first {
            case "serve": await serve(try ServeOptions(Array(arguments.dropFirst())))
            case "demo":
                guard arguments.dropFirst().first == "boletia" else { throw UsageError("The demos are: boletia.") }
                await demo(try ServeOptions(["--port", "0"] + arguments.dropFirst(2)))
            case "version", "--version": print("apus \(LocalCloud.version)")
            case "help", "--help", "-h": print(usage)
            case nil: throw UsageError("Say what to do.")
            case .some(let word): throw UsageError("'\(word)' is no command.")
            }
        } catch {
            complain("\(error.message)\n\n\(usage)")
            exit(2)
        }
    }

    /// Serves until SIGTERM or SIGINT, then finishes what is in flight.
    @CloudActor
    private static func serve(_ options: ServeOptions) async {
        do throws(CloudError) {
            var settings = options.cloud
            settings.onStoreFailure = { error in
                complain("\(error)")
                exit(1)
            }
            let cloud = try LocalCloud(settings)
            for application in [BoletiaFunctions.application, LotteryFunctions.application, TransactionsFunctions.application] { cloud.register(application) }
            let port = try cloud.listen(host: options.host, port: options.port)
            let stop = stopSignal()
            greet(options, port)
            for await _ in stop { break }
            print("Stopping: finishing what is in flight.")
            await cloud.shutdown()
            LocalCloud.endProcesses()
            exit(0)
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    private static func demo(_ options: ServeOptions) async {
        do throws(CloudError) {
            let cloud = try await LocalCloud(options.cloud)
            let port = try await cloud.listen(host: options.host, port: options.port)
            try await BoletiaDemo.run(on: cloud, port: port) { line in
                print(line)
                fflush(nil)
            }
            await cloud.shutdown()
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    private static func greet(_ options: ServeOptions, _ port: UInt16) {
        print(
            """
            Apus \(LocalCloud.version) listens on http://\(options.host == "127.0.0.1" ? "localhost" : options.host):\(port)\(options.cloud.dataDirectory.map { ", keeps its state in \($0)" } ?? ", state in memory")

                export AWS_ENDPOINT_URL=http://localhost:\(port)
                export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
                aws dynamodb list-tables

            """)
        fflush(nil)
    }

    /// Yields at the first SIGTERM or SIGINT; a second one ends the process at once.
    @CloudActor
    private static func stopSignal() -> AsyncStream<Void> {
        let (stream, signals) = AsyncStream<Void>.makeStream()
        var isStopping = false
        for signal in [SIGTERM, SIGINT] {
            do throws(SystemError) {
                try CloudActor.loop.onSignal(signal) {
                    if isStopping { exit(130) }
                    isStopping = true
                    signals.yield()
                }
            } catch {
                complain("Can't watch for signal \(signal): \(error)")
            }
        }
        return stream
    }

    private static func complain(_ text: String) {
        let line = Array("apus: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
