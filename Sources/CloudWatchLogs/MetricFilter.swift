import JSON
import Kernel

/// What would count events as a metric: kept as it was set.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricFilter.html
struct MetricFilter: Sendable {
    struct Transformation: Sendable {
        var name: String
        var namespace: String
        var value: String
        var defaultValue: Double?
        var dimensions: [(key: String, value: String)]
        var unit: String?

        /// As AWS writes it.
        var document: Document {
            var members: Members = ["metricName": .string(name), "metricNamespace": .string(namespace), "metricValue": .string(value)]
            members["defaultValue"] = defaultValue.map { .double($0) }
            if !dimensions.isEmpty { members["dimensions"] = .object(Members(dimensions.map { .init(name: $0.key, value: .string($0.value)) })) }
            members["unit"] = unit.map { .string($0) }
            return .object(members)
        }
    }

    var name: String
    var pattern: String
    var transformations: [Transformation]
    var systemFields: [String]
    /// Milliseconds since the epoch.
    var created: Int64

    var document: Document {
        [
            "name": .string(name), "pattern": .string(pattern), "transformations": .array(transformations.map(\.document)),
            "systemFields": .array(systemFields.map { .string($0) }), "created": .int(created),
        ]
    }

    init(name: String, pattern: String, transformations: [Transformation], systemFields: [String], created: Int64) {
        self.name = name
        self.pattern = pattern
        self.transformations = transformations
        self.systemFields = systemFields
        self.created = created
    }

    init?(_ document: Document) {
        guard let name = document["name"]?.string, let pattern = document["pattern"]?.string, let created = document["created"]?.int else { return nil }
        let transformations = (document["transformations"]?.array ?? []).map { transformation in
            Transformation(
                name: transformation["metricName"]?.string ?? "", namespace: transformation["metricNamespace"]?.string ?? "",
                value: transformation["metricValue"]?.string ?? "", defaultValue: transformation["defaultValue"]?.double,
                dimensions: (transformation["dimensions"]?.object ?? Members()).map { ($0.name, $0.value.string ?? "") }, unit: transformation["unit"]?.string)
        }
        self.init(
            name: name, pattern: pattern, transformations: transformations, systemFields: document["systemFields"]?.array?.compactMap(\.string) ?? [],
            created: Int64(created))
    }
}
