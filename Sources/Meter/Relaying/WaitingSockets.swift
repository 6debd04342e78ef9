/// Sockets that a thread has read from without an effect so far, in the order of reading.
///
/// Every operation takes constant time on average.
struct WaitingSockets {
  private var numbers: [Int: Int] = [:]
  private var entries: [(socket: Int, number: Int)] = []
  private var head = 0
  private var next = 0

  /// Adds a socket; one that already waits keeps its position.
  mutating func append(_ socket: Int) {
    guard numbers[socket] == nil else { return }
    numbers[socket] = next
    entries.append((socket, next))
    next += 1
    if head > 1024, head * 2 > entries.count {
      entries.removeFirst(head)
      head = 0
    }
  }

  mutating func remove(_ socket: Int) { numbers[socket] = nil }

  mutating func removeAll() {
    numbers = [:]
    entries = []
    head = 0
  }

  /// Removes the socket that has waited longest.
  mutating func popFirst() -> Int? {
    while head < entries.count {
      let (socket, number) = entries[head]
      head += 1
      if numbers[socket] == number {
        numbers[socket] = nil
        return socket
      }
    }
    entries.removeAll(keepingCapacity: true)
    head = 0
    return nil
  }

  /// Removes the socket that was read last.
  mutating func popLast() -> Int? {
    while entries.count > head, let (socket, number) = entries.popLast() {
      if numbers[socket] == number {
        numbers[socket] = nil
        return socket
      }
    }
    return nil
  }
}
