// The runtime interface client of nodejs functions: asks the Runtime API for events, hands them to the handler, posts what it answers.
//
// Run as `node /dir/bootstrap.cjs [layers]` with the environment of a Lambda function; `layers` is where its layers are unpacked (/opt).
// What a handler can see (texts, formats, the order of things) is as AWS's own client has it: up to nodejs22.x with callbacks,
// from nodejs24.x on without.
'use strict';

const fs = require('fs');
const Module = require('module');
const net = require('net');
const path = require('path');
const util = require('util');
const { Writable } = require('stream');

const environment = process.env;
const runtimeVersion = Number(
  (/^AWS_Lambda_nodejs(\d+)/.exec(environment.AWS_EXECUTION_ENV || '') || [])[1] || process.versions.node.split('.')[0],
);
const hasCallbacks = runtimeVersion < 24;

// --- The Runtime API ---------------------------------------------------------------------------------------------------

const root = '/2018-06-01/runtime';

// An HTTP/1.1 connection that is kept. It holds the event loop only while an answer is awaited.
class Connection {
  constructor(api) {
    this.api = api;
    this.chunks = [];
    this.size = 0;
    this.wanted = 1;
    this.socket = net.connect({ host: api.host, port: api.port });
    this.socket.setNoDelay(true);
    this.socket.on('data', (data) => this.receive(data));
    this.socket.on('error', (error) => this.close(error));
    this.socket.on('close', () => this.close(new Error('The Runtime API closed the connection')));
    this.socket.unref();
  }

  // Resolves with {status, headers, body}.
  send(...parts) {
    return new Promise((resolve, reject) => {
      this.awaitAnswer(resolve, reject);
      this.socket.cork();
      for (const part of parts) this.socket.write(part);
      this.socket.uncork();
    });
  }

  awaitAnswer(resolve, reject) {
    this.resolve = resolve;
    this.reject = reject;
    this.socket.ref();
  }

  receive(data) {
    this.chunks.push(data);
    this.size += data.length;
    if (this.size < this.wanted) return;
    const bytes = this.chunks.length === 1 ? data : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    const answer = this.parse(bytes);
    if (!answer) return;
    this.chunks = [];
    this.size = 0;
    this.wanted = 1;
    this.socket.unref();
    const { resolve } = this;
    this.resolve = this.reject = undefined;
    if ((answer.headers.connection || '').toLowerCase() === 'close') {
      this.socket.destroy();
    } else {
      this.api.idle.push(this);
    }
    resolve(answer);
  }

  // The answer, or undefined where more must come: `wanted` says how many bytes at least.
  parse(bytes) {
    this.wanted = bytes.length + 1;
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const lines = bytes.toString('utf8', 0, end).split('\r\n');
    const headers = {};
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
    const status = Number(lines[0].split(' ')[1]);
    if (/chunked/i.test(headers['transfer-encoding'] || '')) {
      const body = this.parseChunks(bytes, end + 4);
      return body && { status, headers, body };
    }
    const length = Number(headers['content-length'] || 0);
    if (bytes.length < end + 4 + length) {
      this.wanted = end + 4 + length;
      return undefined;
    }
    return { status, headers, body: bytes.subarray(end + 4, end + 4 + length) };
  }

  parseChunks(bytes, start) {
    const parts = [];
    for (let at = start; ; ) {
      const line = bytes.indexOf('\r\n', at);
      if (line < 0) return undefined;
      const length = parseInt(bytes.toString('latin1', at, line), 16);
      if (length === 0) return bytes.indexOf('\r\n\r\n', line) < 0 ? undefined : Buffer.concat(parts);
      if (bytes.length < line + 2 + length + 2) return undefined;
      parts.push(bytes.subarray(line + 2, line + 2 + length));
      at = line + 2 + length + 2;
    }
  }

  close(error) {
    const { reject } = this;
    this.resolve = this.reject = undefined;
    this.api.idle = this.api.idle.filter((other) => other !== this);
    this.socket.destroy();
    if (reject) reject(error);
  }
}

class RuntimeAPI {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.address = address;
    this.host = address.slice(0, colon).replace(/^\[|\]$/g, '');
    this.port = Number(address.slice(colon + 1));
    this.idle = [];
  }

  connection() {
    return this.idle.pop() || new Connection(this);
  }

  // Waits for an event: {headers, body}. Where whoever started this process is gone, it ends: nothing is left to do, nor anyone to tell.
  async next() {
    const request = `GET ${root}/invocation/next HTTP/1.1\r\nHost: ${this.address}\r\n\r\n`;
    const answer = await this.connection()
      .send(request)
      .catch(() => this.connection().send(request))
      .catch(() => process.exit(1));
    if (answer.status !== 200) throw new Error(`Failed to get next invocation, error ${answer.status}`);
    return answer;
  }

  post(where, text, headers = {}) {
    const body = Buffer.from(text);
    const head = this.head(where, { 'Content-Type': 'application/json', 'Content-Length': body.length, ...headers });
    return this.connection().send(head, body);
  }

  head(where, headers) {
    const lines = Object.keys(headers).map((name) => `${name}: ${headers[name]}\r\n`);
    return `POST ${root}${where} HTTP/1.1\r\nHost: ${this.address}\r\n${lines.join('')}\r\n`;
  }

  postResponse(id, result) {
    const text = serialize(result);
    return this.post(`/invocation/${encodeURIComponent(id)}/response`, text);
  }

  postError(where, error) {
    const answer = describe(error);
    return this.post(where, JSON.stringify(answer), { 'Lambda-Runtime-Function-Error-Type': headerText(answer.errorType) });
  }
}

function serialize(result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch (_) {
    if (hasCallbacks) throw new Error('Unable to stringify response body');
    throw new JSONStringifyError('Unable to stringify response body');
  }
  if (text === undefined) throw new TypeError('Wrong arguments');
  return text;
}

function headerText(text) {
  return encodeURI(String(text)).replace(/%20/g, ' ');
}

// --- Errors --------------------------------------------------------------------------------------------------------------

class RuntimeError extends Error {}
class ImportModuleError extends RuntimeError {}
class HandlerNotFound extends RuntimeError {}
class MalformedHandlerName extends RuntimeError {}
class UserCodeSyntaxError extends RuntimeError {}
class MalformedStreamingHandler extends RuntimeError {}
class InvalidStreamingOperation extends RuntimeError {}
class CallbackHandlerDeprecated extends RuntimeError {}
class JSONStringifyError extends RuntimeError {}
class NodeJsExit extends RuntimeError {
  constructor() {
    super(
      'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled.' +
        ' For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    );
  }
}
class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}
for (const kind of [
  ImportModuleError,
  HandlerNotFound,
  MalformedHandlerName,
  UserCodeSyntaxError,
  MalformedStreamingHandler,
  InvalidStreamingOperation,
  CallbackHandlerDeprecated,
  JSONStringifyError,
  NodeJsExit,
  UnhandledPromiseRejection,
]) {
  kind.prototype.name = `Runtime.${kind.name}`;
}

// What the Runtime API is told of an error.
function describe(error) {
  const clean = (text) => (text === undefined || text === null ? text : text.replace(/\x7F/g, '%7F'));
  try {
    if (util.types.isNativeError(error) || looksLikeError(error)) {
      return { errorType: clean(error.name), errorMessage: clean(error.message), trace: clean(error.stack).split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch (_) {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

function looksLikeError(value) {
  return Boolean(value) && ['name', 'message', 'stack'].every((name) => value[name] && typeof value[name] === 'string');
}

function asError(value) {
  return value instanceof Error ? value : new Error(value);
}

// --- Logs ----------------------------------------------------------------------------------------------------------------
// Standard output is read line by line, so what must stay one log event is one line here: its lines are joined by \r.

const logsAreJSON = (environment.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
const requestIdKey = Symbol.for('aws.lambda.runtime.requestId');
let tenantId;

function setLogged(id, tenant) {
  globalThis[requestIdKey] = id;
  tenantId = tenant;
}

function log(level, ...values) {
  const time = new Date().toISOString();
  const id = globalThis[requestIdKey];
  const line = logsAreJSON ? jsonLine(time, id, level, values) : `${time}\t${id}\t${level}\t${util.format(...values)}`;
  process.stdout.write(line.replace(/\n/g, '\r') + '\n');
}

function jsonLine(timestamp, requestId, level, values) {
  const entry = { timestamp, level, requestId };
  if (tenantId) entry.tenantId = tenantId;
  if (values.length === 1) {
    entry.message = values[0];
    try {
      return JSON.stringify(entry, (_, value) => (value instanceof Error ? { ...errorFields(value, value.stack), ...value } : value));
    } catch (_) {
      entry.message = util.format(values[0]);
      return JSON.stringify(entry);
    }
  }
  entry.message = util.format(...values);
  const error = values.find((value) => value instanceof Error);
  if (error) Object.assign(entry, errorFields(error, []));
  return JSON.stringify(entry);
}

function errorFields(error, otherwise) {
  return {
    errorType: (error.constructor && error.constructor.name) || 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : otherwise,
  };
}

function patchConsole() {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const lowest = levels.indexOf((environment.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase());
  levels.forEach((level, index) => {
    const silent = index < lowest && level !== 'FATAL';
    console[level.toLowerCase()] = silent ? () => {} : (message, ...values) => log(level, message, ...values);
  });
  console.log = console.info;
}

function logError(title, error) {
  if (logsAreJSON) console.error(asError(error));
  else console.error(title, formatted(asError(error)));
}

function formatted(error) {
  const withHidden = (_, value) => {
    if (!(value instanceof Error)) return value;
    const fields = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
    if (typeof value.stack === 'string') fields.stack = value.stack.split('\n');
    return fields;
  };
  try {
    return '\t' + JSON.stringify(error, withHidden);
  } catch (_) {
    return '\t' + JSON.stringify(describe(error));
  }
}

// --- The handler ---------------------------------------------------------------------------------------------------------

const streamingKey = Symbol.for('aws.lambda.runtime.handler.streaming');
const highWaterMarkKey = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

function setUpGlobals() {
  if (['1', 'true'].includes(environment.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[streamingKey] = 'response';
      if (options && typeof options.highWaterMark === 'number') handler[highWaterMarkKey] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream,
  };
}

// Where `require` looks besides the package: its layers, and the task's root.
function setUpSearchPath() {
  const layers = process.argv[2] || '/opt';
  process.argv.length = Math.min(process.argv.length, 2);
  if (environment.NODE_PATH !== undefined) return;
  const paths = [path.join(layers, `nodejs/node${runtimeVersion}/node_modules`), path.join(layers, 'nodejs/node_modules')];
  if (environment.LAMBDA_RUNTIME_DIR) paths.push(path.join(environment.LAMBDA_RUNTIME_DIR, 'node_modules'), environment.LAMBDA_RUNTIME_DIR);
  environment.NODE_PATH = [...paths, environment.LAMBDA_TASK_ROOT].join(':');
  Module._initPaths();
}

async function loadHandler(taskRoot, name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const folder = name.substring(0, name.indexOf(base));
  const match = /^([^.]*)\.(.*)$/.exec(base);
  if (!match) throw new MalformedHandlerName('Bad handler');
  const loaded = await loadModule(taskRoot, folder, match[1]);
  const find = (from) => match[2].split('.').reduce((nested, key) => nested && nested[key], from);
  let handler = find(loaded);
  if (!handler && !hasCallbacks && loaded && loaded.default) handler = find(loaded.default);
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  return handler;
}

async function loadModule(taskRoot, folder, name) {
  try {
    return await findModule(taskRoot, folder, name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error && error.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(error);
    throw error;
  }
}

// A file without extension, then .js (as its package.json says), .mjs, .cjs, then whatever `require` finds.
async function findModule(taskRoot, folder, name) {
  const file = path.resolve(taskRoot, folder, name);
  const isFile = (extension) => fs.existsSync(file + extension) && fs.statSync(file + extension).isFile();
  if (isFile('')) return require(file);
  if (isFile('.js')) return isModulePackage(path.dirname(file)) ? await import(`${file}.js`) : require(`${file}.js`);
  if (isFile('.mjs')) return await import(`${file}.mjs`);
  if (isFile('.cjs')) return require(`${file}.cjs`);
  return require(require.resolve(name, { paths: [taskRoot, path.resolve(taskRoot, folder)] }));
}

// Whether the nearest package.json says that .js files are modules.
function isModulePackage(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file)).type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder !== '/' && isModulePackage(path.dirname(folder));
}

function isStreaming(handler) {
  const kind = handler[streamingKey];
  if (kind === undefined || kind === null || kind === false) return false;
  if (kind !== 'response') throw new MalformedStreamingHandler('Only response streaming is supported.');
  return true;
}

// --- The handler's context -----------------------------------------------------------------------------------------------

// Completes `context` with what the environment and the headers of the event say.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
function complete(context, headers) {
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) environment._X_AMZN_TRACE_ID = trace;
  else delete environment._X_AMZN_TRACE_ID;
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const clientContext = parseHeader(headers['lambda-runtime-client-context'], 'ClientContext');
  const w3c = takeTraceContext(clientContext);
  Object.assign(context, {
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext,
    identity: parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  });
  if (!hasCallbacks) Object.assign(context, { xRayTraceId: trace, w3c: () => w3c });
  return context;
}

function parseHeader(text, name) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

function takeTraceContext(clientContext) {
  if (hasCallbacks || !clientContext || typeof clientContext !== 'object') return Object.freeze({});
  const fields = clientContext.w3c || {};
  delete clientContext.w3c;
  const known = ['traceparent', 'tracestate', 'baggage'].filter((name) => typeof fields[name] === 'string');
  return Object.freeze(Object.fromEntries(known.map((name) => [name, fields[name]])));
}

// --- Invocations ---------------------------------------------------------------------------------------------------------

let whenLoopIsEmpty = () => {};

// What an invocation is answered with: the first of callback, done, succeed and fail counts.
class Completion {
  constructor(api, id, goOn) {
    Object.assign(this, { api, id, goOn, isFinished: false, isAnswered: false, waits: true });
  }

  callback(error, result) {
    this.once(() => {
      whenLoopIsEmpty = () => {};
      if (error !== undefined && error !== null) this.reject(error);
      else if (!this.waits) this.answer(result);
      else whenLoopIsEmpty = () => setImmediate(() => this.answer(result));
    });
  }

  done(error, result) {
    this.once(() => {
      whenLoopIsEmpty = () => {};
      if (error !== undefined && error !== null) this.reject(error);
      else this.answer(result);
    });
  }

  once(action) {
    if (this.isFinished) return;
    action();
    this.isFinished = true;
  }

  fail(error) {
    this.done(error === undefined || error === null ? 'handled' : error, null);
  }

  answer(result) {
    if (this.isAnswered) {
      console.error('Invocation has already been reported as done. Cannot call complete more than once per invocation.');
      return;
    }
    const sent = this.api.postResponse(this.id, result);
    this.isAnswered = true;
    whenLoopIsEmpty = () => {};
    sent.then(this.goOn, this.goOn);
  }

  reject(error) {
    logError('Invoke Error', error);
    this.api.postError(`/invocation/${encodeURIComponent(this.id)}/error`, error).then(this.goOn, this.goOn);
  }

  context() {
    const completion = this;
    return {
      get callbackWaitsForEmptyEventLoop() {
        return completion.waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        completion.waits = value;
      },
      succeed: (result) => completion.done(null, result),
      fail: (error) => completion.fail(error),
      done: (error, result) => completion.done(error, result),
    };
  }

  // The loop is empty and nothing was answered: a promise that never settles, or a callback that was forgotten.
  abandoned(isAsync) {
    this.isAnswered = true;
    if (isAsync) this.reject(new NodeJsExit());
    else this.api.postResponse(this.id, null).then(this.goOn, this.goOn);
  }
}

class Runtime {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
    this.isAsync = util.types.isAsyncFunction(handler);
    this.goOn = () => setImmediate(() => this.handleOnce());
    this.run = isStreaming(handler) ? this.handleOnceStreaming : hasCallbacks ? this.handleOnceNonStreaming : this.handleOncePromised;
  }

  async handleOnce() {
    try {
      const { headers, body } = await this.api.next();
      const id = headers['lambda-runtime-aws-request-id'];
      setLogged(id, headers['lambda-runtime-aws-tenant-id']);
      const where = `/invocation/${encodeURIComponent(id)}/error`;
      onCrash = (error, status) => this.api.postError(where, error).then(() => process.exit(status), () => process.exit(status));
      await this.run(id, headers, body.toString());
    } catch (error) {
      console.log(`Unexpected Top Level Error: ${error.toString()}`);
      onCrash(error, 129);
    }
  }

  handleOnceNonStreaming(id, headers, text) {
    const completion = new Completion(this.api, id, this.goOn);
    const callback = (error, result) => completion.callback(error, result);
    try {
      whenLoopIsEmpty = () => completion.abandoned(this.isAsync);
      const result = this.handler(JSON.parse(text), complete(completion.context(), headers), callback);
      if (result && typeof result.then === 'function') {
        const fail = (error) => completion.fail(error);
        result.then((value) => completion.done(null, value), fail).catch(fail);
      }
    } catch (error) {
      callback(error);
    }
  }

  // From nodejs24.x on: what the handler's promise says, nothing else.
  async handleOncePromised(id, headers, text) {
    const completion = new Completion(this.api, id, this.goOn);
    try {
      const result = await this.handler(JSON.parse(text), complete({}, headers));
      completion.answer(result);
    } catch (error) {
      completion.reject(error);
    }
  }

  async handleOnceStreaming(id, headers, text) {
    const stream = new ResponseStream(this.api, id, this.handler[highWaterMarkKey]);
    let waits = hasCallbacks;
    const context = !hasCallbacks ? {} : {
      get callbackWaitsForEmptyEventLoop() {
        return waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waits = value;
      },
    };
    try {
      whenLoopIsEmpty = this.goOn;
      const result = this.handler(JSON.parse(text), stream, complete(context, headers));
      if (!result || typeof result.then !== 'function') {
        throw hasCallbacks ? 'Streaming does not support non-async handlers.' : new Error('Streaming does not support non-async handlers.');
      }
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
      await stream.answered;
    } catch (error) {
      logError('Invoke Error', error);
      await stream.fail(error);
    }
    whenLoopIsEmpty = () => {};
    if (waits) whenLoopIsEmpty = this.goOn;
    else this.goOn();
  }
}

// --- Streamed responses --------------------------------------------------------------------------------------------------

// The body of a response while it is written, in chunks. Its head leaves with the first of them.
class ResponseStream extends Writable {
  constructor(api, id, highWaterMark) {
    super({ highWaterMark: highWaterMark || 16384 });
    this.connection = api.connection();
    this.contentType = 'application/octet-stream';
    this.trailers = '';
    this.isBegun = false;
    this.head = () =>
      api.head(`/invocation/${encodeURIComponent(id)}/response`, {
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
        'Content-Type': this.contentType,
        'Transfer-Encoding': 'chunked',
      });
    this.answered = new Promise((resolve, reject) => this.connection.awaitAnswer(resolve, reject));
    this.answered.catch((error) => this.destroy(error));
  }

  setContentType(type) {
    if (this.isBegun) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this.contentType = type;
  }

  write(chunk, encoding, callback) {
    const isBytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
    const prelude = !this.isBegun && this._onBeforeFirstWrite;
    this.isBegun = true;
    if (typeof prelude === 'function') prelude((bytes) => super.write(bytes));
    return super.write(isBytes ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, _, callback) {
    this.send(chunk.length ? [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'] : [], callback);
  }

  _final(callback) {
    this.isBegun = true;
    this.send([`0\r\n${this.trailers}\r\n`], callback);
  }

  send(parts, callback) {
    if (this.head) parts.unshift(this.head());
    this.head = undefined;
    const { socket } = this.connection;
    socket.cork();
    parts.forEach((part, index) => socket.write(part, index === parts.length - 1 ? callback : undefined));
    socket.uncork();
    if (parts.length === 0) callback();
  }

  // Ends the response with an error in its trailers.
  async fail(error) {
    if (this.writableEnded) return;
    const answer = describe(error);
    const body = Buffer.from(JSON.stringify(answer)).toString('base64');
    this.trailers =
      `Lambda-Runtime-Function-Error-Type: ${headerText(answer.errorType)}\r\nLambda-Runtime-Function-Error-Body: ${body}\r\n`;
    this.end();
    await this.answered.catch(() => {});
  }
}

// A response with status, headers and cookies: they go ahead of its body as JSON and eight zero bytes.
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    const metadata = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(metadata);
      write(new Uint8Array(8));
    };
    return stream;
  }
}

// --- The start -----------------------------------------------------------------------------------------------------------

let onCrash;

function warnOfCallbacks(handler) {
  if (handler.length < 3 || isStreaming(handler)) return;
  if (!hasCallbacks) {
    throw new CallbackHandlerDeprecated(
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this' +
        ' function to use a supported handler signature to use Node.js 24 or later. For more information see' +
        ' https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
}

async function main() {
  setUpGlobals();
  patchConsole();
  setLogged(hasCallbacks ? undefined : '-');
  setUpSearchPath();
  const api = new RuntimeAPI(environment.AWS_LAMBDA_RUNTIME_API);
  onCrash = (error, status) => api.postError('/init/error', error).then(() => process.exit(status), () => process.exit(status));
  const crash = (error) => {
    logError(hasCallbacks ? 'Uncaught Exception' : 'Init Error', error);
    onCrash(error, hasCallbacks ? 129 : 1);
  };
  if (hasCallbacks) {
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', (reason, promise) => {
      const error = new UnhandledPromiseRejection(reason, promise);
      logError('Unhandled Promise Rejection', error);
      onCrash(error, 128);
    });
  }
  process.on('beforeExit', () => {
    const act = whenLoopIsEmpty;
    act();
  });
  try {
    const handler = await loadHandler(environment.LAMBDA_TASK_ROOT || process.cwd(), environment._HANDLER || '');
    warnOfCallbacks(handler);
    new Runtime(api, handler).goOn();
  } catch (error) {
    crash(error);
  }
}

main();
