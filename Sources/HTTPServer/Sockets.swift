import CLinux
import EventLoop
import Glibc

/// The calls of the operating system on TCP sockets. Nothing else in this module knows one.
enum Socket {
    enum Transfer {
        case bytes(Int)
        /// Nothing can be read or written now.
        case wouldBlock
        case endOfStream
        case failed(Int32)
    }

    enum Acceptance {
        case connection(Int32, address: String)
        case none
        /// The process or the system has no descriptor or memory left: nothing can be accepted for now.
        case exhausted
    }

    // MARK: Listening

    /// Listens on a TCP port, `TCP_NODELAY` inherited by what is accepted.
    /// - Parameter port: 0 for one that is free.
    static func listen(_ address: SocketAddress, backlog: Int32) throws(SystemError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = try open(address)
        do throws(SystemError) {
            setOption(descriptor, SOL_SOCKET, SO_REUSEADDR)
            setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
            // `::` takes IPv4 clients too, whatever the system's default.
            if address.family == AF_INET6 { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: 0) }
            guard address.withPointer({ Glibc.bind(descriptor, $0, $1) }) == 0 else { throw SystemError("bind", errno) }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw SystemError("listen", errno) }
            return (descriptor, try SocketAddress(localOf: descriptor).port)
        } catch {
            close(descriptor)
            throw error
        }
    }

    static func accept(_ listener: Int32) -> Acceptance {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        while true {
            let descriptor = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { clinux_accept(listener, $0, &length) }
            }
            if descriptor >= 0 { return .connection(descriptor, address: SocketAddress(storage, length).host) }
            switch errno {
            // The client was gone before it was accepted: the next one.
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: return .none
            }
        }
    }

    // MARK: Connecting

    /// Starts to connect; the socket becomes writable when that has succeeded or failed (``pendingError(_:)``).
    static func connect(_ address: SocketAddress) throws(SystemError) -> Int32 {
        let descriptor = try open(address)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        let result = address.withPointer { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS || errno == EINTR else {
            let code = errno
            close(descriptor)
            throw SystemError("connect", code)
        }
        return descriptor
    }

    /// Takes the error of a finished attempt to connect; 0 where it succeeded.
    static func pendingError(_ descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    // MARK: Bytes

    static func receive(_ descriptor: Int32, into buffer: inout [UInt8]) -> Transfer {
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        return count == 0 ? .endOfStream : transfer(count)
    }

    /// Writes both pieces with one call, as far as they go. A broken connection is an error, not a SIGPIPE.
    static func send(_ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Transfer {
        let flags = Int32(MSG_NOSIGNAL)
        if second.isEmpty { return transfer(Glibc.send(descriptor, first.baseAddress, first.count, flags)) }
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
            // The system only reads through these pointers.
            vectors[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
            vectors[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = 2
            return transfer(sendmsg(descriptor, &message, flags))
        }
    }

    private static func transfer(_ count: Int) -> Transfer {
        if count >= 0 { return .bytes(count) }
        let code = errno
        return code == EAGAIN || code == EWOULDBLOCK || code == EINTR ? .wouldBlock : .failed(code)
    }

    /// Tells the other end that nothing more comes, while still hearing it.
    static func finishWriting(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Lets ``close(_:)`` end the connection by a reset, which nobody takes for an orderly end.
    static func resetOnClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    private static func open(_ address: SocketAddress) throws(SystemError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw SystemError("socket", errno) }
        return descriptor
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, to value: Int32 = 1) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension SystemError {
    var isAddressInUse: Bool { code == EADDRINUSE }
}
