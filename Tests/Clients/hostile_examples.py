"""Inputs near enough to what a server accepts that their errors lie deep: the material that hostile inputs are spoilt from."""

import base64
import io
import json
import pathlib
import zipfile

BOLETIA = (pathlib.Path(__file__).resolve().parents[2] / "fixtures/boletia/boletia-oas30-apigateway.yaml").read_bytes()
ATTRIBUTES = ["PK", "SK", "G", "L", "a", "b", "c", "m", "Status", "TTL"]

# Of statuses; some would keep an engine that tries one way after another busy for years.
PATTERNS = [".*", "4\\d{2}", "(((", "[", "*", "(a+)+$", "(\\d*)*(\\d*)*x", "(\\d*){1,99}(\\d*){1,99}(\\d*){1,99}x", "(((){300}){300}){300}", "[" * 900, "(" * 900, "a{99999999999}", "2|" * 400, "(?=2)"]

BOMB = b"openapi: 3.0.1\ninfo: {title: t, version: '1'}\na: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("k"))
) + b"paths: {/a: {get: {x-k: *j}}}\n"


def zipped(content=b"x" * 50):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bootstrap", content)
    return file.getvalue()


def openapi(random):
    """A definition with every kind of part that is read."""
    response = {"statusCode": "200", "responseTemplates": {"application/json": "hello"}, "responseParameters": {"method.response.header.X-A": "'a'"}, "contentHandling": "CONVERT_TO_TEXT"}
    integration = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}, "responses": {"default": response, random.choice(PATTERNS) if random.random() < 0.5 else "4\\d{2}": {"statusCode": "404"}}, "passthroughBehavior": "when_no_match"}
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.f}/invocations", "timeoutInMillis": 3000}
    method = {
        "operationId": "get", "responses": {"404": {"description": "none"}, "200": {"description": "ok", "headers": {"X-A": {"schema": {"type": "string"}}}}},
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}, {"$ref": "#/components/parameters/q"}],
        "x-amazon-apigateway-integration": random.choice((integration, integration, proxy)),
    }
    document = {
        "openapi": "3.0.1", "info": {"title": "shop", "version": "1", "description": "d"},
        "servers": [{"url": "https://x.execute-api.us-east-1.amazonaws.com/{basePath}", "variables": {"basePath": {"default": "/v1"}}}],
        "paths": {"/items/{id}": {"get": method, "x-amazon-apigateway-any-method": method}, "/{proxy+}": {"post": {**method, "$ref": "#/components/x"}}, "/r": {"$ref": "#/paths/~1items~1{id}"}},
        "components": {"parameters": {"q": {"name": "q", "in": "query"}}, "schemas": {"A": {"$ref": "#/components/schemas/A"}}},
        "x-amazon-apigateway-binary-media-types": ["*/*"], "x-amazon-apigateway-policy": {"Version": "2012-10-17"}, "x-amazon-apigateway-api-key-source": "HEADER",
    }
    for name in random.sample(["servers", "components", "x-amazon-apigateway-policy", "x-amazon-apigateway-api-key-source"], random.randrange(4)):
        del document[name]
    if "components" not in document or random.random() < 0.8:
        method["parameters"].pop()
        del document["paths"]["/r"]
        del document["paths"]["/{proxy+}"]["post"]["$ref"]
    return document


class Examples:
    """A method for each operation, by its name; operations without one are made from their model."""

    def __init__(self, random, inputs):
        self.random, self.inputs = random, inputs

    def known(self, name, other="x"):
        return self.random.choice(self.inputs.known.get(name) or [other])

    def maybe(self, input, **members):
        """The input with some of these members."""
        input.update({n: v for n, v in members.items() if self.random.random() < 0.25})
        return input

    # DynamoDB: items and keys

    def table(self):
        return self.random.choice(("hostile", "hostile", "hostile", "simple", "binary"))

    def key(self, table):
        random = self.random
        if table == "hostile":
            return {"PK": {"S": random.choice("abcdé")}, "SK": {"N": random.choice(("0", "1", "2", "-1", "1.5", "1e10"))}}
        return {"PK": {"S": random.choice("abc")}} if table == "simple" else {"PK": {"B": random.choice(("YQ==", "Yg=="))}, "SK": {"B": random.choice(("YQ==", "AAEC"))}}

    def item(self, table):
        item = self.key(table)
        for name in self.random.sample(ATTRIBUTES[2:], self.random.randrange(6)):
            item[name] = self.inputs.attribute_value(spoilt=self.random.random() < 0.01)
        if "G" in item and table == "hostile":
            item["G"] = {"S": self.random.choice("xyz")}
        if "L" in item and table == "hostile":
            item["L"] = {"N": self.random.choice(("1", "2", "3"))}
        return item

    def PutItem(self):
        table = self.table()
        return self.returning({"TableName": table, "Item": self.item(table), **self.condition("Expected")}, "NONE", "ALL_OLD")

    def DeleteItem(self):
        table = self.table()
        return self.returning({"TableName": table, "Key": self.key(table), **self.condition("Expected")}, "NONE", "ALL_OLD")

    def UpdateItem(self):
        table, expression = self.table(), Expression(self)
        input = {"TableName": table, "Key": self.key(table)}
        if self.random.random() < 0.1:
            value = self.inputs.attribute_value()
            input["AttributeUpdates"] = {self.random.choice(ATTRIBUTES): {"Action": self.random.choice(("PUT", "ADD", "DELETE")), "Value": value}}
            return self.maybe(self.returning(input, "ALL_NEW", "UPDATED_OLD"), Expected={"a": {"Exists": False}})
        input["UpdateExpression"] = expression.update()
        if self.random.random() < 0.4:
            input["ConditionExpression"] = expression.condition()
        return self.returning({**input, **expression.attributes}, "NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW")

    def returning(self, input, *values):
        return self.maybe(input, ReturnValues=self.random.choice(values), ReturnConsumedCapacity=self.random.choice(("TOTAL", "INDEXES")), ReturnItemCollectionMetrics="SIZE", ReturnValuesOnConditionCheckFailure="ALL_OLD")

    def condition(self, legacy):
        """A condition of a write, in the new language or the old."""
        choice, expression = self.random.random(), Expression(self)
        if choice < 0.4:
            return {"ConditionExpression": expression.condition(), **expression.attributes}
        return {legacy: self.comparisons(), "ConditionalOperator": self.random.choice(("AND", "OR"))} if choice < 0.5 else {}

    def comparisons(self):
        count = {"BETWEEN": 2, "NULL": 0, "NOT_NULL": 0, "IN": 3}
        operator = self.random.choice(("EQ", "NE", "LE", "LT", "GE", "GT", "NOT_NULL", "NULL", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN", "BETWEEN"))
        values = [self.inputs.attribute_value() for _ in range(count.get(operator, 1))]
        return {self.random.choice(ATTRIBUTES): {"ComparisonOperator": operator, **({"AttributeValueList": values} if values else {})}}

    def GetItem(self):
        table, expression = self.table(), Expression(self)
        input = {"TableName": table, "Key": self.key(table)}
        if self.random.random() < 0.5:
            input.update(ProjectionExpression=expression.projection(), **expression.attributes)
        return self.maybe(input, ConsistentRead=True, ReturnConsumedCapacity="INDEXES")

    def Query(self):
        expression, index = Expression(self), self.random.choice((None, None, "by-g", "by-l"))
        hash, range = {None: ("PK", "SK"), "by-g": ("G", None), "by-l": ("PK", "L")}[index]
        values = expression.values
        values[":h"] = {"S": self.random.choice("abcxyz")}
        input = {"TableName": "hostile", "KeyConditionExpression": f"{hash} = :h"}
        if self.random.random() < 0.1:
            input = {"TableName": "hostile", "KeyConditions": {hash: {"ComparisonOperator": "EQ", "AttributeValueList": [values.pop(":h")]}}}
            return self.page(self.maybe(input, QueryFilter=self.comparisons()), index)
        if range and self.random.random() < 0.7:
            values[":r"] = {"N": self.random.choice(("0", "1", "2"))}
            input["KeyConditionExpression"] += f" AND {range} " + self.random.choice(("= :r", "< :r", "<= :r", "> :r", ">= :r"))
            if self.random.random() < 0.3:
                values[":s"] = {"N": "5"}
                input["KeyConditionExpression"] = f"{hash} = :h AND {range} BETWEEN :r AND :s"
        if self.random.random() < 0.3:
            input["FilterExpression"] = expression.condition()
        if self.random.random() < 0.3:
            input["ProjectionExpression"] = expression.projection()
        return self.page({**input, **expression.attributes}, index)

    def page(self, input, index):
        start = {**self.key("hostile"), **({"G": {"S": "x"}} if index == "by-g" else {"L": {"N": "1"}} if index == "by-l" else {})}
        if index:
            input["IndexName"] = index
        select = self.random.choice(("ALL_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"))
        return self.maybe(input, Limit=self.random.choice((1, 2, 100)), ScanIndexForward=False, ExclusiveStartKey=start, Select=select, ConsistentRead=True, ReturnConsumedCapacity="INDEXES")

    def Scan(self):
        expression, index = Expression(self), self.random.choice((None, None, "by-g", "by-l"))
        input = {"TableName": "hostile"}
        if self.random.random() < 0.4:
            input.update(FilterExpression=expression.condition())
        if self.random.random() < 0.3:
            input.update(ProjectionExpression=expression.projection())
        input.update(expression.attributes)
        if self.random.random() < 0.3:
            total = self.random.choice((1, 2, 7, 1_000_000))
            input.update(TotalSegments=total, Segment=self.random.randrange(total))
        if self.random.random() < 0.05:
            input = {"TableName": "hostile", "ScanFilter": self.comparisons()}
        return self.page(input, index)

    def BatchGetItem(self):
        tables = {t: {"Keys": [self.key(t) for _ in range(self.random.choice((1, 2, 5)))]} for t in {self.table(), self.table()}}
        return self.maybe({"RequestItems": tables}, ReturnConsumedCapacity="TOTAL")

    def BatchWriteItem(self):
        write = lambda t: {"PutRequest": {"Item": self.item(t)}} if self.random.random() < 0.6 else {"DeleteRequest": {"Key": self.key(t)}}
        tables = {t: [write(t) for _ in range(self.random.choice((1, 1, 2)))] for t in {self.table(), self.table()}}
        return self.maybe({"RequestItems": tables}, ReturnConsumedCapacity="TOTAL", ReturnItemCollectionMetrics="SIZE")

    def TransactGetItems(self):
        return {"TransactItems": [{"Get": {"TableName": t, "Key": self.key(t)}} for t in (self.table() for _ in range(self.random.choice((1, 2, 3))))]}

    def TransactWriteItems(self):
        def action():
            table, expression = self.table(), Expression(self)
            match self.random.randrange(4):
                case 0: return {"Put": {"TableName": table, "Item": self.item(table)}}
                case 1: return {"Delete": {"TableName": table, "Key": self.key(table)}}
                case 2: return {"Update": {"TableName": table, "Key": self.key(table), "UpdateExpression": expression.update(), **expression.attributes}}
                case _: return {"ConditionCheck": {"TableName": table, "Key": self.key(table), "ConditionExpression": expression.condition(), **expression.attributes}}
        return self.maybe({"TransactItems": [action() for _ in range(self.random.choice((1, 1, 2, 3)))]}, ClientRequestToken=self.random.choice(("t1", "t2", "x" * 36)), ReturnConsumedCapacity="TOTAL")

    # DynamoDB: tables and streams

    def CreateTable(self):
        attribute = lambda n: {"AttributeName": n, "AttributeType": self.random.choice("SNB")}
        key = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
        index = {"IndexName": "ind", "KeySchema": [{"AttributeName": "G", "KeyType": "HASH"}], "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]}}
        input = {"TableName": f"made-{self.random.randrange(8)}", "AttributeDefinitions": [attribute("PK"), attribute("SK")], "KeySchema": key, "BillingMode": "PAY_PER_REQUEST"}
        if self.random.random() < 0.3:
            input["AttributeDefinitions"].append(attribute("G"))
            input[self.random.choice(("GlobalSecondaryIndexes", "LocalSecondaryIndexes"))] = [index]
        if self.random.random() < 0.3:
            input.update(BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 5})
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        return self.maybe(input, StreamSpecification=stream, Tags=[{"Key": "a", "Value": "b"}], DeletionProtectionEnabled=True, TableClass="STANDARD", SSESpecification={"Enabled": True})

    def UpdateTable(self):
        index = {"Create": {"IndexName": "late", "KeySchema": [{"AttributeName": "L", "KeyType": "HASH"}], "Projection": {"ProjectionType": "KEYS_ONLY"}}}
        input = {"TableName": self.random.choice(("hostile", "made-1", "made-2"))}
        definitions = [{"AttributeName": n, "AttributeType": t} for n, t in (("PK", "S"), ("SK", "N"), ("G", "S"), ("L", "N"))]
        return self.maybe(
            input, BillingMode="PAY_PER_REQUEST", StreamSpecification={"StreamEnabled": self.random.random() < 0.5, "StreamViewType": "KEYS_ONLY"}, DeletionProtectionEnabled=False,
            GlobalSecondaryIndexUpdates=[self.random.choice((index, {"Delete": {"IndexName": "late"}}))], AttributeDefinitions=definitions)

    def DeleteTable(self):
        return {"TableName": f"made-{self.random.randrange(8)}"}

    def UpdateTimeToLive(self):
        return {"TableName": self.table(), "TimeToLiveSpecification": {"Enabled": self.random.random() < 0.7, "AttributeName": "TTL"}}

    def GetRecords(self):
        return self.maybe({"ShardIterator": self.known("ShardIterator")}, Limit=self.random.choice((1, 1000)))

    def GetShardIterator(self):
        input = {"StreamArn": self.known("StreamArn"), "ShardId": self.known("ShardId"), "ShardIteratorType": self.random.choice(("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"))}
        return self.maybe(input, SequenceNumber=self.random.choice(("000000000000000000001", "1", "9" * 40)))

    # Lambda

    def CreateFunction(self):
        code = {"ZipFile": base64.b64encode(zipped(self.random.randbytes(self.random.randrange(60)))).decode()}
        name = self.random.choice(("made-1", "made-2", "made-3"))
        input = {"FunctionName": name, "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "provided.al2023", "Handler": "Boletia.findOne", "Code": code}
        return self.maybe(input, Timeout=self.random.choice((1, 900)), MemorySize=128, Environment={"Variables": {"A": "b"}}, Tags={"a": "b"}, Description="d", Architectures=["arm64"], TracingConfig={"Mode": "Active"}, EphemeralStorage={"Size": 512})

    def UpdateFunctionConfiguration(self):
        return self.maybe({"FunctionName": self.known("FunctionName")}, Timeout=3, MemorySize=128, Environment={"Variables": {"A": "b"}}, Handler="Boletia.findOne", Description="d", RevisionId="x")

    def UpdateFunctionCode(self):
        return {"FunctionName": self.known("FunctionName"), "ZipFile": base64.b64encode(zipped(self.random.randbytes(20))).decode()}

    def DeleteFunction(self):
        return {"FunctionName": self.random.choice(("made-1", "made-2", "made-3"))}

    def Invoke(self):
        event = {"resource": "/", "path": "/eventos/x", "httpMethod": "GET", "headers": None, "pathParameters": {"id": "a"}, "body": json.dumps({"a": 1}), "queryStringParameters": {"email": "a@b.c"}}
        return self.maybe({"FunctionName": self.known("FunctionName"), "Payload": json.dumps(event).encode()}, InvocationType=self.random.choice(("DryRun", "Event", "RequestResponse")), LogType="Tail", ClientContext="e30=", Qualifier="$LATEST")

    def CreateEventSourceMapping(self):
        return self.maybe({"FunctionName": self.known("FunctionName"), "EventSourceArn": self.known("StreamArn"), "StartingPosition": self.random.choice(("LATEST", "TRIM_HORIZON"))}, BatchSize=self.random.choice((1, 100)), MaximumRetryAttempts=1, MaximumRecordAgeInSeconds=60, Enabled=self.random.random() < 0.5)

    def UpdateEventSourceMapping(self):
        return self.maybe({"UUID": self.known("UUID")}, BatchSize=7, Enabled=False, FunctionName=self.known("FunctionName"))

    def AddPermission(self):
        return {"FunctionName": self.known("FunctionName"), "StatementId": self.random.choice("abc"), "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "SourceArn": "arn:aws:execute-api:us-east-1:123456789012:x/*/GET/"}

    # API Gateway

    def definition(self):
        """An OpenAPI document, whole or spoilt, in JSON or YAML."""
        random, inputs = self.random, self.inputs
        choice = random.random()
        if choice < 0.02:
            return BOMB
        if choice < 0.1:
            return inputs.spoilt_bytes(BOLETIA)
        document = openapi(random)
        if choice < 0.8:
            document = inputs.spoilt(document)
        return inputs.json(document)

    def ImportRestApi(self):
        return self.maybe({"body": self.definition()}, failOnWarnings=True, parameters={"basepath": self.random.choice(("ignore", "prepend", "split")), "apus:id": "custom0001"})

    def PutRestApi(self):
        return self.maybe({"restApiId": self.known("restApiId"), "body": self.definition()}, mode=self.random.choice(("merge", "overwrite")), failOnWarnings=True, parameters={"basepath": "split"})

    def CreateResource(self):
        return {"restApiId": self.known("restApiId"), "parentId": self.known("resourceId"), "pathPart": self.random.choice(("a", f"b{self.random.randrange(1000)}", "{x}", "{y+}", "c.d", self.inputs.text()[:40]))}

    def method_of(self):
        return {"restApiId": self.known("restApiId"), "resourceId": self.known("resourceId"), "httpMethod": self.random.choice(("GET", "POST", "ANY", "ANY", "ANY"))}

    def PutMethod(self):
        return self.maybe({**self.method_of(), "authorizationType": "NONE"}, apiKeyRequired=False, operationName="x", requestParameters={"method.request.querystring.a": True})

    def PutIntegration(self):
        templates = {"application/json": self.random.choice(('{"statusCode": 200}', '{"statusCode": "x"}', "{statusCode: 404}", '{"statusCode": 1e999}', '{"statusCode": -7}', "#set($a = 1)", "", '{"statusCode": 99999}'))}
        return self.maybe({**self.method_of(), "type": "MOCK", "requestTemplates": templates}, passthroughBehavior="NEVER", timeoutInMillis=100, contentHandling="CONVERT_TO_BINARY")

    def PutMethodResponse(self):
        return self.maybe({**self.method_of(), "statusCode": "200"}, responseParameters={"method.response.header.X-A": True})

    def PutIntegrationResponse(self):
        value = self.random.choice(("'a'", "stageVariables.f", "integration.response.header.b", "'a\r\nb: c'", "''", "'", self.inputs.text()[:99]))
        return self.maybe({**self.method_of(), "statusCode": "200"}, selectionPattern=self.random.choice(PATTERNS), responseParameters={"method.response.header.X-A": value}, responseTemplates={"application/json": "x"})

    def CreateDeployment(self):
        return self.maybe({"restApiId": self.known("restApiId"), "stageName": self.random.choice(("prod", "dev"))}, variables={"f": "findOne"}, description="d")

    def CreateStage(self):
        return self.maybe({"restApiId": self.known("restApiId"), "deploymentId": self.known("deploymentId"), "stageName": self.random.choice(("s1", "s2"))}, variables={"f": "x"}, tags={"a": "b"})

    def patches(self, *paths):
        operation = lambda: {"op": self.random.choice(("replace", "add", "remove", "copy")), "path": self.random.choice(paths), "value": self.random.choice(("a", "true", "", self.inputs.text()[:50]))}
        return {"patchOperations": [operation() for _ in range(self.random.choice((1, 2)))]}

    def UpdateRestApi(self):
        return {"restApiId": self.known("restApiId"), **self.patches("/name", "/description", "/binaryMediaTypes/*~1*", "/binaryMediaTypes/~", "/policy", "/", "", "/endpointConfiguration/types/EDGE", "/disableExecuteApiEndpoint")}

    def UpdateStage(self):
        return {"restApiId": self.known("restApiId"), "stageName": self.known("stageName"), **self.patches("/variables/a", "/variables/", "/deploymentId", "/description", "/tracingEnabled", "/x/y/z")}

    # SES

    def SendEmail(self):
        text = lambda: {"Data": self.random.choice(("hello", "", "é" * 100)), **({"Charset": "UTF-8"} if self.random.random() < 0.5 else {})}
        input = {"Source": "a@example.com", "Destination": {"ToAddresses": ["b@example.com"]}, "Message": {"Subject": text(), "Body": {"Text": text()}}}
        return self.maybe(input, ReplyToAddresses=['"x, y" <c@example.com>'], ReturnPath="a@example.com", Tags=[{"Name": "a", "Value": "b"}])

    def SendRawEmail(self):
        mail = "From: Ann <a@example.com>\r\nTo: b@example.com, =?utf-8?b?w6k=?= <c@d.e>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n x\r\n\r\nhello"
        mail = mail if self.random.random() < 0.3 else self.inputs.spoilt_text(mail)
        return self.maybe({"RawMessage": {"Data": base64.b64encode(mail.encode("utf-8", "surrogatepass")).decode()}}, Source="a@example.com", Destinations=["b@example.com"])


class Expression:
    """Expressions and the names and values that they use."""

    def __init__(self, examples):
        self.random, self.examples = examples.random, examples
        self.names, self.values = {}, {}

    @property
    def attributes(self):
        return {**({"ExpressionAttributeNames": self.names} if self.names else {}), **({"ExpressionAttributeValues": self.values} if self.values else {})}

    def path(self):
        name = self.random.choice(ATTRIBUTES[2:])
        if name in ("Status", "TTL") or self.random.random() < 0.3:
            placeholder = f"#{name}"
            self.names[placeholder] = name
            name = placeholder
        while self.random.random() < 0.2:
            name += self.random.choice((".a", ".b", "[0]", "[1]", "[100]"))
        return name

    def value(self, *kinds):
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = self.random.choice(kinds) if kinds else self.examples.inputs.attribute_value(spoilt=self.random.random() < 0.02)
        return placeholder

    def condition(self, depth=0):
        choice = self.random.randrange(12 if depth < 4 else 9)
        match choice:
            case 0: return f"attribute_exists({self.path()})"
            case 1: return f"attribute_not_exists({self.path()})"
            case 2: return f"attribute_type({self.path()}, {self.value(*({'S': t} for t in ('S', 'N', 'SS', 'M', 'NULL')))})"
            case 3: return f"begins_with({self.path()}, {self.value({'S': 'a'}, {'B': 'YQ=='})})"
            case 4: return f"contains({self.path()}, {self.value()})"
            case 5: return f"{self.path()} BETWEEN {self.value({'N': '0'})} AND {self.value({'N': '9'})}"
            case 6: return f"{self.path()} IN ({', '.join(self.value() for _ in range(self.random.choice((1, 2, 20))))})"
            case 7: return f"size({self.path()}) {self.random.choice(('<', '=', '>='))} {self.value({'N': '2'})}"
            case 8: return f"{self.path()} {self.random.choice(('=', '<>', '<', '<=', '>', '>='))} {self.random.choice((self.value, self.path))()}"
            case 9: return f"NOT {self.condition(depth + 1)}"
            case 10: return f"({self.condition(depth + 1)})"
            case _: return f"{self.condition(depth + 1)} {self.random.choice(('AND', 'OR'))} {self.condition(depth + 1)}"

    def update(self):
        number = ({"N": "1"}, {"N": "-0.5"}, {"N": "9e125"}, {"N": "1e-130"})
        clauses = []
        if self.random.random() < 0.7:
            right = lambda: self.random.choice((
                lambda: self.value(), lambda: f"{self.path()} + {self.value(*number)}", lambda: f"if_not_exists({self.path()}, {self.value(*number)}) - {self.value(*number)}",
                lambda: f"list_append({self.path()}, {self.value({'L': [{'S': 'x'}]})})", lambda: f"list_append(if_not_exists({self.path()}, {self.value({'L': []})}), {self.value({'L': [{'N': '1'}]})})", lambda: self.path()))()
            clauses.append("SET " + ", ".join(f"{self.path()} = {right()}" for _ in range(self.random.choice((1, 1, 2)))))
        if self.random.random() < 0.3:
            clauses.append("REMOVE " + self.path())
        if self.random.random() < 0.2:
            clauses.append(f"ADD {self.path()} {self.value({'N': '1'}, {'SS': ['a', 'z']}, {'NS': ['5']})}")
        if self.random.random() < 0.1 or not clauses:
            clauses.append(f"DELETE {self.path()} {self.value({'SS': ['a']}, {'NS': ['1']}, {'BS': ['YQ==']})}")
        return " ".join(clauses)

    def projection(self):
        return ", ".join(self.path() for _ in range(self.random.choice((1, 2, 3))))
