import JSON
import Kernel

/// In which form a function's log is written, how much of it, and where.
/// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
struct LoggingSettings: Sendable, Equatable {
    var isJSON = false
    /// The least level of the function's own lines that is written; only with JSON.
    var applicationLevel: String?
    /// The least level of Lambda's lines that is written; only with JSON.
    var systemLevel: String?
    /// The group; `nil` for the function's own.
    var group: String?

    mutating func take(_ settings: FunctionSettings.Logging) {
        if let format = settings.format { isJSON = format == "JSON" }
        applicationLevel = isJSON ? settings.applicationLevel ?? applicationLevel : nil
        systemLevel = isJSON ? settings.systemLevel ?? systemLevel : nil
        if let group = settings.group { self.group = group }
    }

    /// AWS's `LoggingConfig`.
    func answer(group: String) -> Members {
        var members: Members = ["LogFormat": isJSON ? "JSON" : "Text"]
        if isJSON {
            members.append("ApplicationLogLevel", .string(applicationLevel ?? "INFO"))
            members.append("SystemLogLevel", .string(systemLevel ?? "INFO"))
        }
        members.append("LogGroup", .string(group))
        return members
    }

    // MARK: The journal's form

    var document: Document {
        var members: Members = ["json": .bool(isJSON)]
        members["applicationLevel"] = applicationLevel.map { .string($0) }
        members["systemLevel"] = systemLevel.map { .string($0) }
        members["group"] = group.map { .string($0) }
        return .object(members)
    }
}

extension LoggingSettings {
    init(document: Document) {
        isJSON = document["json"] == true
        applicationLevel = document["applicationLevel"]?.string
        systemLevel = document["systemLevel"]?.string
        group = document["group"]?.string
    }
}
