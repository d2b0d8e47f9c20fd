/// What comes bit by bit from whoever makes it to whoever takes it: the events of an answer, the pieces of a body. What is written before there is a
/// reader is kept for it.
@CloudActor
package final class Pipe<Element: Sendable> {
    package typealias End = PipeEnd

    private var held: [Element] = []
    private var end: End?
    private var take: (@CloudActor (Element) -> Void)?
    private var finish: (@CloudActor (End) -> Void)?

    package nonisolated init() {}

    package func write(_ element: Element) {
        guard end == nil else { return }
        if let take { take(element) } else { held.append(element) }
    }

    /// Ends it; what is written after that is dropped.
    package func end(_ end: End = .finished) {
        guard self.end == nil else { return }
        self.end = end
        guard let finish else { return }
        (take, self.finish) = (nil, nil)
        finish(end)
    }

    /// Takes what is there and what comes. There is one reader.
    /// - Parameter end: called once, after the last element.
    package func read(_ take: @escaping @CloudActor (Element) -> Void, end finish: @escaping @CloudActor (End) -> Void) {
        while !held.isEmpty {
            let elements = held
            held = []
            for element in elements { take(element) }
        }
        if let end { return finish(end) }
        (self.take, self.finish) = (take, finish)
    }
}

/// How what comes bit by bit has ended.
package enum PipeEnd: Sendable, Equatable {
    /// That was all of it.
    case finished
    /// Something is missing.
    case broken
}
