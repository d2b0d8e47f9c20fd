@testable import CloudWatchLogs
import Compression
import JSON
import Kernel
@testable import DynamoDB
import EventPatterns
@testable import HTTPServer
import SigV4
import YAML

extension FuzzTarget {
    /// A new parser of what clients write belongs in this list.
    static let all = [json, yaml, httpHead, httpBody, signature, attributeValue, number, shardIterator, condition, keyCondition, update, projection, statement, pattern, zip, logPattern, logQuery]

    // MARK: Documents

    static let json = FuzzTarget(
        name: "JSON",
        seeds: [
            #"{"TableName":"t","Item":{"pk":{"S":"a\u00e9\ud83d\ude00\n"},"n":{"N":"-1.5e+10"},"l":{"L":[{"BOOL":true},{"NULL":true}]}}}"#,
            #"[1,-0,0.5,1E400,true,false,null,"",[],{}]"#, #"{"a":{"a":{"a":[[[[]]]]}},"a":1}"#, "  \"text\"  ", "123456789012345678901234567890",
        ],
        words: ["[", "{", "\"", "\\u", "\\ud800", "\\", ",", ":", "]", "}", "null", "1e", "-", "0", "\u{0}", "\u{1F600}", " ", "\"a\":"]
    ) { bytes in
        guard let document = try? Document(json: bytes) else { return nil }
        guard let again = try? Document(json: document.json()) else { return "what was written can't be read" }
        return again == document ? nil : "what was written is read as something else"
    }

    static let yaml = FuzzTarget(
        name: "YAML",
        seeds: [
            "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      Name: !Sub '${A}-t'\n      List: [1, 2.5, true, ~]\n",
            "a: &x {b: 1}\nc: *x\nd: |\n  text\n  more\ne: >-\n  folded\n", "- !Ref A\n- !GetAtt [B, Arn]\n- 0x1F\n- 1e3\n- .inf\n", "? k\n: v\n--- \n...\n",
        ],
        words: ["\n", "  ", "- ", ": ", "&x ", "*x", "<<: *x", "!Ref ", "!!binary ", "[", "]", "{", "}", "|", ">", "'", "\"", "#", "%YAML 1.1\n", "---\n", "\t", "? "]
    ) { bytes in
        _ = try? Document(yaml: bytes)
        return nil
    }

    // MARK: Logs

    /// A filter pattern, a line, and a message: whatever the pattern, it says something of the message.
    static let logPattern = FuzzTarget(
        name: "log filter patterns",
        seeds: [
            "{ ($.a.b[0] = \"x*\" && $.c > 3) || $['d e'] IS NULL }\n{\"a\":{\"b\":[\"xy\"]},\"c\":4}", "?ERROR ?\"a phrase\"\nERROR",
            "[ip, ..., status = 4* || status != %5[0-9]{2}%, bytes >= 1e3]\n127.0.0.1 - [a b] \"GET /\" 404 1534", "%^\\d{1,3}[^a-z]+x?.*$%\n12Xx", "ERROR -\"b c\"\nERROR",
        ],
        words: ["{", "}", "[", "]", "...", "$.", "[*]", ".*", "['", "']", " = ", "!=", ">=", "&&", "||", "(", ")", "%", "\"", "*", "?", "-", "IS NULL", "NOT EXISTS", "{3,900}", "\\x4", "^", ",", "\n"]
    ) { bytes in
        let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 2, let pattern = try? FilterPattern(parts[0]) else { return nil }
        if pattern.matches(parts[1]) { _ = pattern.extract(parts[1]) }
        return nil
    }

    static let logQuery = FuzzTarget(
        name: "log queries",
        seeds: [
            "fields @timestamp, a.b.0 as x | filter @message like /(?i)e(r+)|[a-z]{2,3}\\d/ and not (x in ['y', 1.5] or `z` >= 5m) | sort x desc | limit 20",
            "parse @message 'a=*, b=*' as a, b | stats count(*) as n, avg(a + b * 2 ^ 3), pct(a, 95) by bin(5m), concat(a, \"-\") # c\n| dedup a | display substr(a, 1)",
            "parse @message /(?<u>\\w+?)=(?<v>.*)/ | filter u =~ /^(?:x|y)*$/",
        ],
        words: [" | ", "fields ", "filter ", "stats ", "by ", " as ", "(", ")", "[", "]", "/", "\"", "'", "`", "*", "like ", "not ", "5m", "1e", "#", ",", "{2,}", "(?<", "(?:", "\\", "^", "$", "|"]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? QueryParser.parse(text)
        if let expression = try? QueryRegex(text) { _ = expression.captures(in: text) }
        return nil
    }

    // MARK: HTTP

    static let httpHead = FuzzTarget(
        name: "HTTP heads",
        seeds: [
            "POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 2\r\n\r\n{}",
            "PUT /x?y=%20 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.0\r\n\r\n",
            "GET http://b:99/p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        ],
        words: ["\r\n", "\n", "\r", " ", ":", "\t", "\u{0}", "chunked", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "FFFFFFFFFFFFFFFF", "HTTP/1.1", "Host: b\r\n", ","]
    ) { bytes in
        var parser = RequestParser()
        var used = 0
        while used < bytes.count {
            do throws(HTTPParseError) {
                let (count, outcome) = try parser.parse(bytes.span.extracting(used..<bytes.count))
                used += count
                switch outcome {
                case .incomplete: if count == 0 { return "nothing was read and nothing refused" }
                case .head: try parser.acceptBody(limit: 1 << 20)
                case .complete: _ = parser.takeRequest()
                }
            } catch {
                return nil
            }
        }
        return nil
    }

    /// The same body whole and cut in two, with its trailer fields.
    static let httpBody = FuzzTarget(
        name: "chunked bodies",
        seeds: [
            "5;x=y\r\nhello\r\n0a\r\n0123456789\r\n0\r\nT: 1\r\nLambda-Runtime-Function-Error-Type:  a b \r\n\r\nrest", "0\r\n\r\n", "1\r\na\r\n0\r\nA:\r\n\r\n",
        ],
        words: ["\r\n", "\n", "\r", ":", " ", "\t", "\u{0}", "0\r\n", "0\r\n\r\n", "FFFFFFFFFFFFFFF", "7fffffffffffffff", ";", "T: 1\r\n", "Content-Length: 1\r\n", "Transfer-Encoding: x\r\n", "\u{e9}", "A"]
    ) { bytes in
        func decode(_ pieces: [Range<Int>], limit: Int) throws(HTTPParseError) -> String {
            var decoder = ChunkedDecoder(keepsTrailers: true)
            var (body, used) = ([UInt8](), 0)
            for piece in pieces where !decoder.isDone { used += try decoder.decode(bytes.span.extracting(piece), into: &body, limit: limit) }
            guard used <= bytes.count, body.count <= limit else { return "beyond its end or limit" }
            guard decoder.isDone, let section = decoder.trailerSection else { return "\(body), \(used)" }
            return try "\(body), \(used), \(FieldParser.trailers(section.span).pairs)"
        }
        func read(_ pieces: [Range<Int>], limit: Int) -> String {
            do { return try decode(pieces, limit: limit) } catch { return error.reason }
        }
        for limit in [Int.max, 64] {
            let whole = read([0..<bytes.count], limit: limit)
            let cut = bytes.count / 2
            guard whole == read([0..<cut, cut..<bytes.count], limit: limit) else { return "is read otherwise in two pieces" }
            guard whole == read(bytes.indices.map { $0..<$0 + 1 }, limit: limit) else { return "is read otherwise byte by byte" }
            if whole.hasPrefix("beyond") { return "is read \(whole)" }
        }
        return nil
    }

    static let signature = FuzzTarget(
        name: "signatures",
        seeds: [
            "/a%20b?x=1&y=&x\nAWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\n20261121T080000Z",
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20261121%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261121T080000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0\n\n",
            "/\nAWS4-HMAC-SHA256 Credential=,Signature=,SignedHeaders=\nSat, 21 Nov 2026 08:00:00 GMT",
        ],
        words: ["%", "%2F", "/", "=", "&", ";", ",", " ", "\n", "aws4_request", "Signature=", "X-Amz-Expires=99999999999999999999", "20261331T256199Z", "\u{e9}", "//", "..", "+"]
    ) { bytes in
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        let target = lines[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var headers = [SignableRequest.Header("Host", "localhost")]
        if lines.count > 1, !lines[1].isEmpty { headers.append(.init("Authorization", lines[1])) }
        if lines.count > 2 { headers.append(.init("X-Amz-Date", lines[2])) }
        let request = SignableRequest(method: "POST", path: target.first ?? "", query: target.count > 1 ? target[1] : "", headers: headers)
        for form in [CanonicalForm.standard, .s3] {
            let verifier = Verifier { _, _ in "secret" }
            _ = try? verifier.verify(request, service: nil, form: form, now: Timestamp(seconds: 1_795_248_000))
        }
        if lines.count > 2 { _ = AmzDate.parseHTTP(lines[2]) }
        return nil
    }

    // MARK: DynamoDB

    static let attributeValue = FuzzTarget(
        name: "attribute values",
        seeds: [
            #"{"a":{"S":"x"},"b":{"N":"1.50"},"c":{"B":"AAEC"},"d":{"SS":["a","b"]},"e":{"NS":["1","2e3"]},"f":{"BS":["AA=="]},"g":{"M":{"x":{"L":[{"BOOL":false},{"NULL":true}]}}}}"#
        ],
        words: [#"{"M":{"a":"#, #"{"L":["#, #"{"S":""}"#, #"{"N":"1"}"#, #"{"NS":[]}"#, #"{"B":"=""#, "}", "]", ",", "\"", "null", "true", "1"]
    ) { bytes in
        guard let document = try? Document(json: bytes), let item = try? Item(document) else { return nil }
        guard let again = try? Item(item.document) else { return "what was written can't be read" }
        if again != item { return "what was written is read as something else" }
        return item.size < 0 ? "has a negative size" : nil
    }

    static let number = FuzzTarget(
        name: "numbers",
        seeds: ["0", "-1.5", "12345678901234567890123456789012345678", "1e125", "1E-130", "0.00000000000000000001", "9.9999999999999999999999999999999999999E+125"],
        words: ["0", "9", "-", "+", ".", "e", "E", "1", "00000000000000000000000000000000000000", "99999999999999999999", " "]
    ) { bytes in
        guard let number = try? DynamoDBNumber(parsing: String(decoding: bytes, as: UTF8.self)) else { return nil }
        guard case .number(let again)? = try? AttributeValue(AttributeValue.number(number).document) else { return "what was written can't be read" }
        return again == number ? nil : "what was written is read as something else"
    }

    static let shardIterator = FuzzTarget(
        name: "shard iterators",
        seeds: [
            ShardIterator(stream: "arn:aws:dynamodb:us-east-1:1:table/t/stream/l", shard: "shardId-1", position: 100, expires: Timestamp(seconds: 1)).text,
            ShardIterator(stream: "arn", shard: "s", position: 0, expires: nil).text,
        ],
        words: ["|", "|1|", "=", "AAAA", "MTIz", "fHx8", "\u{e9}", "18446744073709551616"]
    ) { bytes in
        guard let iterator = ShardIterator(String(decoding: bytes, as: UTF8.self)) else { return nil }
        return ShardIterator(iterator.text) == iterator ? nil : "what was written is read as something else"
    }

    // MARK: Expressions

    private static let names: Document = ["#a": "a", "#b": "b", "#long": "a.b c"]
    private static let values: Document = [
        ":s": ["S": "text"], ":n": ["N": "1"], ":b": ["B": "AAEC"], ":t": ["BOOL": true], ":l": ["L": [["N": "1"]]], ":m": ["M": ["x": ["S": "y"]]],
        ":ss": ["SS": ["a", "b"]], ":ns": ["NS": ["1", "2"]], ":type": ["S": "S"], ":z": ["NULL": true],
    ]
    private static let item: Item? = try? Item([
        "pk": ["S": "k"], "a": ["S": "text"], "b": ["L": [["N": "1"], ["M": ["c": ["SS": ["a"]]]]]], "n": ["N": "5"], "m": ["M": ["x": ["M": ["y": ["BS": ["AA=="]]]]]],
    ])
    private static let expressionWords = [
        "(", ")", " AND ", " OR ", "NOT ", " BETWEEN ", " IN (", "size(", "contains(", "begins_with(", "attribute_type(", "attribute_exists(", "attribute_not_exists(",
        "if_not_exists(", "list_append(", "SET ", "REMOVE ", "ADD ", "DELETE ", ",", ".", "[0]", "[99999999999999999999]", "=", "<>", "<=", "+", "-", "#a", "#b", "#long",
        ":s", ":n", ":ss", ":ns", ":l", ":m", ":type", "a", "b", "n", " ", "pk", "\u{e9}", "\n",
    ]

    /// Parses with names and values to hand.
    private static func parsed<Result>(_ bytes: [UInt8], _ parse: (inout ExpressionAttributes, String) throws(AWSError) -> Result) -> Result? {
        guard var attributes = try? ExpressionAttributes(names: names, values: values) else { return nil }
        defer { try? attributes.checkUnused() }
        return try? parse(&attributes, String(decoding: bytes, as: UTF8.self))
    }

    static let condition = FuzzTarget(
        name: "conditions",
        seeds: [
            "attribute_exists(#a) AND (a = :s OR NOT b[0] < :n) AND contains(#b, :n)", "size(a) BETWEEN :n AND :n OR attribute_type(a, :type)",
            "n IN (:n, :s) AND begins_with(a, :s)", "m.x.y <> :b AND a <= m.x",
        ],
        words: expressionWords
    ) { bytes in
        for kind in [ExpressionKind.condition, .filter] {
            let condition = parsed(bytes) { (attributes, text) throws(AWSError) in try attributes.parseCondition(text, kind) }
            _ = condition?.holds(for: item)
            _ = condition?.holds(for: nil)
        }
        return nil
    }

    static let keyCondition = FuzzTarget(
        name: "key conditions",
        seeds: ["pk = :s", "pk = :s AND n > :n", "pk = :s AND n BETWEEN :n AND :n", "#a = :s AND begins_with(b, :s)", "(pk = :s) AND (n <= :n)"],
        words: expressionWords
    ) { bytes in
        let condition = parsed(bytes) { (attributes, text) throws(AWSError) in try attributes.parseKeyCondition(text) }
        let (text, number) = (KeyAttribute(name: "pk", type: .string), KeyAttribute(name: "n", type: .number))
        _ = try? condition?.range(KeySchema(partition: text, sort: number)).bounds
        if let several = KeySchema(partitions: [text, number], sorts: [KeyAttribute(name: "a", type: .string), KeyAttribute(name: "b", type: .string)]) {
            _ = try? condition?.range(several).bounds
        }
        return nil
    }

    static let update = FuzzTarget(
        name: "updates",
        seeds: [
            "SET a = :s, b[1].c = if_not_exists(b[1].c, :ss), n = n + :n REMOVE m.x", "ADD n :n, #b :ns DELETE ss :ss", "SET b = list_append(b, :l), #long = :m",
            "REMOVE b[0], b[1]",
        ],
        words: expressionWords
    ) { bytes in
        guard let item else { return "the item isn't one" }
        let update = parsed(bytes) { (attributes, text) throws(AWSError) in try attributes.parseUpdate(text) }
        let key = AttributeMap([.init(name: "pk", value: .string("k"))])
        for old in [item, nil] {
            guard let result = try? update?.apply(to: old, key: key) else { continue }
            guard let again = try? Item(result.new.document) else { return "made an item that can't be read" }
            if again != result.new { return "made an item that is read as something else" }
        }
        return nil
    }

    static let projection = FuzzTarget(
        name: "projections", seeds: ["a, #b[0], m.x.y", "pk", "b[1].c, b[0], n"], words: expressionWords
    ) { bytes in
        let projection = parsed(bytes) { (attributes, text) throws(AWSError) in try attributes.parseProjection(text) }
        if let item { _ = projection?.applied(to: item) }
        return nil
    }

    static let statement = FuzzTarget(
        name: "PartiQL statements",
        seeds: [
            #"SELECT a, b[0].c FROM "t"."i" WHERE pk = ? AND n BETWEEN 1 AND 2.5 ORDER BY n DESC"#, #"INSERT INTO "t" VALUE {'pk': 'a', 'l': [1, <<'x'>>], 'm': {'b': TRUE}}"#,
            #"UPDATE "t" SET n = n + 1, l = list_append(l, [?]) REMOVE m.x WHERE pk = 'a' AND attribute_type(b, 'S') RETURNING ALL NEW *"#,
            #"DELETE FROM t WHERE pk IN ['a', 'b'] AND NOT (b IS MISSING OR size(c) > 3) RETURNING ALL OLD *"#,
        ],
        words: expressionWords + ["SELECT", "FROM", "WHERE", "MISSING", "<<", ">>", "''", "RETURNING"]
    ) { bytes in
        _ = try? StatementParser.parse(String(decoding: bytes, as: UTF8.self))
        return nil
    }

    // MARK: Patterns

    private static let event = try? Document(json: #"{"a": [{"b": 1, "c": [{"x": "y"}, {}]}, {"b": 2, "a.b": null}], "b": "10.0.0.1", "c": {"d": 3e2, "e": true}, "a.b": "", "s": "aXbXc"}"#)

    static let pattern = FuzzTarget(
        name: "event patterns",
        seeds: [
            #"{"a": {"b": [1, {"numeric": [">", 0, "<=", 5]}], "c": {"x": [{"exists": false}, "y"]}}, "b": [{"cidr": "10.0.0.0/8"}, "::1"]}"#,
            #"{"$or": [{"s": [{"wildcard": "a*\\*c"}]}, {"c": {"$or": [{"d": [300]}, {"e": [true, null]}]}}], "a.b": [{"anything-but": ["x", ""]}]}"#,
            #"{"s": [{"prefix": {"equals-ignore-case": "ax"}}, {"suffix": "c"}, {"equals-ignore-case": "\u00df"}, {"anything-but": {"wildcard": ["*b*", "*x*"]}}]}"#,
            #"{"c": {"d": [{"anything-but": [1, 2.5e3]}]}, "b": [{"anything-but": {"prefix": "x"}}]}"#,
        ],
        words: [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00e9", "*", "1", "-", "e9", ".", "null", "true", #"{"exists": false}"#, #"{"exists": true}"#, #""$or": ["#,
            #"{"numeric": ["#, #"">""#, #"{"anything-but": "#, #"{"wildcard": "*"#, #"{"cidr": ""#, "::", "/", #""a": "#, #"{"b": [1]}"#, #""a.b": "#,
        ]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        guard let event else { return "the event isn't one" }
        for dialect in EventPattern.Dialect.allCases {
            guard let pattern = try? EventPattern(text, dialect: dialect) else { continue }
            _ = pattern.matches(event)
            if let itself = try? Document(json: text) { _ = pattern.matches(itself) }
        }
        for scope in [FilterPolicy.Scope.messageAttributes, .messageBody] { _ = try? FilterPolicy.compile(text, scope: scope) }
        return nil
    }

    // MARK: Packages

    private static let archives: [[UInt8]] = {
        var writer = ZipWriter()
        writer.addFile("index.js", Array(String(repeating: "exports.handler = async () => 1;", count: 20).utf8))
        writer.addDirectory("lib")
        let two = writer.finished()
        writer.addFile("lib/a", Array("x".utf8), permissions: 0o755)
        writer.addSymbolicLink("lib/b", to: "../index.js")
        return [ZipWriter().finished(), two, writer.finished()]
    }()

    static let zip = FuzzTarget(
        name: "zip files", seeds: archives,
        words: [
            Array("PK\u{1}\u{2}".utf8), Array("PK\u{3}\u{4}".utf8), Array("PK\u{5}\u{6}".utf8), Array("PK\u{6}\u{6}".utf8), Array("PK\u{6}\u{7}".utf8), Array("../".utf8), [0], [0, 0, 0, 0],
            [0xff, 0xff, 0xff, 0xff], [0xff, 0xff], [1, 0], [8, 0], [0x80],
        ]
    ) { bytes in
        guard let archive = try? ZipArchive(bytes, limit: 100_000) else { return nil }
        var total = 0
        for entry in archive.entries {
            if entry.name.hasPrefix("/") || entry.name.split(separator: "/").contains("..") || entry.name.utf8.contains(0) { return "takes the name \(entry.name)" }
            total += (try? archive.contents(of: entry))?.count ?? 0
        }
        return total < 100_000 ? nil : "unpacks \(total) bytes"
    }
}
