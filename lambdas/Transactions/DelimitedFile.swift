/// The rows of a delimited file whose first row has the names of the columns.
///
/// A field may stand in quotation marks, and then have delimiters, line ends and, doubled, quotation marks in it. Empty lines are no rows.
struct DelimitedFile {
    struct Row: Equatable {
        /// Column to field; `nil` for the columns that a short row doesn't reach. What a long row has too much is dropped.
        let fields: [String: String?]

        /// - Throws: where the file has no such column.
        subscript(column: String) -> String? {
            get throws(KeyError) {
                guard let field = fields[column] else { throw KeyError(column) }
                return field
            }
        }
    }

    let rows: [Row]

    init(_ bytes: [UInt8], delimiter: Character) {
        var lines = Self.records(String(decoding: bytes, as: UTF8.self), delimiter)
        guard !lines.isEmpty else {
            rows = []
            return
        }
        let columns = lines.removeFirst()
        rows = lines.map { line in
            var fields: [String: String?] = [:]
            for (index, column) in columns.enumerated() { fields.updateValue(index < line.count ? line[index] : nil, forKey: column) }
            return Row(fields: fields)
        }
    }

    private static func records(_ text: String, _ delimiter: Character) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field = ""
        var isQuoted = false
        var hasContent = false
        var rest = Substring(text)
        func endRecord() {
            if hasContent || !record.isEmpty { records.append(record + [field]) }
            record = []
            field = ""
            hasContent = false
        }
        while let character = rest.popFirst() {
            if isQuoted {
                if character != "\"" {
                    field.append(character)
                } else if rest.first == "\"" {
                    field.append("\"")
                    rest.removeFirst()
                } else {
                    isQuoted = false
                }
            } else if character == "\"", field.isEmpty {
                isQuoted = true
                hasContent = true
            } else if character == delimiter {
                record.append(field)
                field = ""
            } else if character.isNewline {
                endRecord()
            } else {
                field.append(character)
                hasContent = true
            }
        }
        endRecord()
        return records
    }
}
