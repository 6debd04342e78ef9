import Testing
import TestNumbers

@testable import Meter

/// What a relay's threads do, told in short; accepted connections have numbers below 1000, made ones above.
private struct Story {
  var pairing = CausalPairing()
  var time: UInt64 = 1_000_000_000
  var process: UInt32 = 10
  var thread: UInt32 = 10
  var lost: UInt32 = 0

  mutating func tell(_ kind: RelayEvent.Kind, _ socket: Int, thread other: UInt32? = nil, buffer: UInt64 = 0) {
    time += 1000
    pairing.add(
      RelayEvent(
        kind, time: time, process: process, thread: other ?? thread, socket: UInt64(socket), isOutbound: socket >= 1000,
        lost: lost, buffer: buffer))
  }
  mutating func receive(_ socket: Int, _ bytes: Int = 100) { tell(.receive(bytes: bytes), socket) }
  mutating func send(_ socket: Int, _ bytes: Int = 100) { tell(.send(bytes: bytes), socket) }
  mutating func connect(_ socket: Int) { tell(.connect, socket) }
  mutating func close(_ socket: Int) { tell(.close, socket) }

  /// The pairs that are certain, as accepted connection by made connection, and those that are not.
  func outcome() -> (certain: Set<[UInt64]>, open: [CausalPairing.Pair]) {
    var pairing = pairing
    let pairs = pairing.pairs()
    return (
      Set(pairs.filter { $0.candidates == 1 }.map { [$0.inbound ?? 0, $0.outbound] }),
      pairs.filter { $0.candidates != 1 }
    )
  }
}

/// Requests in rounds, several at once: reads first, then the work in the order that `arrange` makes; the answers come
/// back in another order and in rounds of another size.
private func batches(
  rounds: Int, seed: UInt64 = 1, arrange: (inout [Int], inout SeededNumbers) -> Void
) -> (story: Story, truth: Set<[UInt64]>) {
  var story = Story()
  var random = SeededNumbers(seed)
  var truth: Set<[UInt64]> = []
  var serves: [Int: Int] = [:]
  var under: [Int] = []
  var free = Array(1..<40)
  var made = 1000
  for _ in 0..<rounds {
    var work: [Int] = []
    free.shuffle(using: &random)
    for _ in 0..<min(free.count, Int.random(in: 0...4, using: &random)) { work.append(free.removeLast()) }
    under.shuffle(using: &random)
    for _ in 0..<min(under.count, Int.random(in: 0...4, using: &random)) { work.append(under.removeLast()) }
    work.shuffle(using: &random)
    for socket in work { story.receive(socket) }
    arrange(&work, &random)
    for socket in work {
      if socket < 1000 {
        made += 1
        story.connect(made)
        story.send(made)
        serves[made] = socket
        truth.insert([UInt64(socket), UInt64(made)])
        under.append(made)
      } else if let client = serves[socket] {
        story.send(client)
        story.close(socket)
        free.append(client)
      }
    }
  }
  return (story, truth)
}

@Suite struct CausalPairingTests {
  @Test func `what goes to a server while nobody waits is the program's own, and what a client asked for is not`() {
    var story = Story()
    // A collector: it answers its agent itself, and has a heartbeat of its own.
    for _ in 0..<20 {
      story.time += 100_000_000
      story.receive(1)
      story.send(1)
      story.time += 50_000_000
      story.send(1000)
      story.receive(1000)
    }
    #expect(story.pairing.initiatives().map(\.outbound) == [1000])
    // The same calls in a relay's order.
    var relay = Story()
    for _ in 0..<20 {
      relay.time += 150_000_000
      relay.receive(1)
      relay.send(1000)
      relay.receive(1000)
      relay.send(1)
    }
    #expect(relay.pairing.initiatives().isEmpty)
    // Agents that want no answer: only the time tells.
    var silent = Story()
    for _ in 0..<20 {
      silent.time += 50_000_000
      silent.receive(1)
      silent.time += 150_000_000
      silent.send(1000)
    }
    #expect(silent.pairing.initiatives().map(\.outbound) == [1000])
  }

  @Test func `an event loop's connects belong to what it read just before`() {
    var story = Story()
    var truth: Set<[UInt64]> = []
    for round in 0..<20 {
      for client in 1...30 {
        let made = 1000 + round * 30 + client
        // A handshake of TLS: received, answered, and no request.
        story.receive(client, 517)
        story.send(client, 583)
        story.receive(client, 73)
        story.connect(made)
        truth.insert([UInt64(client), UInt64(made)])
      }
      // Answers in another order; sends of the requests come in between.
      for client in (1...30).reversed() { story.send(1000 + round * 30 + client) }
      for client in [7, 3, 30, 1] + Array(8...29) + [2, 4, 5, 6] {
        let made = 1000 + round * 30 + client
        story.receive(made, 4000)
        story.send(client, 4100)
        story.send(client, 31)
        story.close(made)
      }
    }
    let (certain, open) = story.outcome()
    #expect(certain == truth)
    #expect(open.isEmpty)
  }

  @Test func `the order that a program works in is learned: first come, first served`() {
    let (story, truth) = batches(rounds: 400) { _, _ in }
    let certain = story.outcome().certain
    #expect(certain.isSubset(of: truth))
    #expect(Double(certain.count) >= 0.93 * Double(truth.count))
  }

  @Test func `the order that a program works in is learned: last come, first served`() {
    let (story, truth) = batches(rounds: 400) { work, _ in work.reverse() }
    let certain = story.outcome().certain
    #expect(certain.isSubset(of: truth))
    #expect(Double(certain.count) >= 0.93 * Double(truth.count))
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func `nothing is claimed of a program that works in no order`(seed: UInt64)
  {
    let (story, truth) = batches(rounds: 400, seed: seed) { work, random in work.shuffle(using: &random) }
    let certain = story.outcome().certain
    #expect(certain.isSubset(of: truth))
  }

  @Test func `what two orders explain equally well is ambiguous`() {
    // Always the same two in step: read together, connected, answered together.
    var story = Story()
    for round in 0..<100 {
      let (one, other) = (1000 + 2 * round, 1001 + 2 * round)
      story.receive(1)
      story.receive(2)
      story.connect(one)
      story.connect(other)
      story.send(one)
      story.send(other)
      story.receive(one)
      story.receive(other)
      story.send(1)
      story.send(2)
    }
    let (certain, open) = story.outcome()
    #expect(certain.isEmpty)
    #expect(open.count == 200)
    #expect(open.allSatisfy { $0.candidates == 2 && $0.inbound == nil })
  }

  /// Tunnels of a forward proxy: it says `200 Connection established` before anything came back, and what goes through
  /// is sent on some rounds after it was read, from the buffer that it was read into if `keepsBuffers`.
  private func tunnels(_ count: Int, seed: UInt64, keepsBuffers: Bool) -> (story: Story, truth: Set<[UInt64]>) {
    var story = Story()
    var truth: Set<[UInt64]> = []
    var random = SeededNumbers(seed)
    var phases: [Int: Int] = [:]
    var begun = 0
    while begun < count || !phases.isEmpty {
      if begun < count, phases.count < 12, Bool.random(using: &random) {
        begun += 1
        phases[begun] = 0
      }
      guard let client = phases.keys.sorted().randomElement(using: &random), let phase = phases[client] else {
        continue
      }
      let (made, base) = (100_000 + client, UInt64(client) << 16)
      func buffer(_ number: UInt64) -> UInt64 { keepsBuffers ? base + number : 0 }
      switch phase {
      case 0:
        story.receive(client, 70)
        story.connect(made)
        truth.insert([UInt64(client), UInt64(made)])
      case 1: story.send(client, 39)
      case 2: story.tell(.receive(bytes: 80), client, buffer: buffer(1))
      case 3: story.tell(.send(bytes: 80), made, buffer: buffer(1))
      case 4: story.tell(.receive(bytes: 400), made, buffer: buffer(2))
      case 5: story.tell(.send(bytes: 400), client, buffer: buffer(2))
      default:
        story.close(client)
        story.close(made)
      }
      phases[client] = phase == 6 ? nil : phase + 1
    }
    return (story, truth)
  }

  @Test(arguments: 0..<10 as Range<UInt64>) func `a proxy's own word that a tunnel is open is no answer`(seed: UInt64) {
    let (story, truth) = tunnels(600, seed: seed, keepsBuffers: true)
    let certain = story.outcome().certain
    #expect(certain.isSubset(of: truth))
    #expect(Double(certain.count) >= 0.9 * Double(truth.count), "\(certain.count) of \(truth.count)")
  }

  @Test(arguments: 0..<10 as Range<UInt64>) func `tunnels whose order tells nothing get no wrong pairs`(seed: UInt64) {
    let (story, truth) = tunnels(400, seed: seed, keepsBuffers: false)
    #expect(story.outcome().certain.isSubset(of: truth))
  }

  @Test func `an answer that goes out at once, as long as it came in, tells whose it is`() {
    // An event loop in which requests that were read together go out in any order (as of asyncio, behind SOCKS).
    var story = Story()
    for round in 0..<20 {
      let (one, other) = (round * 2 + 1, round * 2 + 2)
      for (client, made) in [(one, 1000 + one), (other, 1000 + other)] {
        story.receive(client, 10)
        story.send(client, 10)
        story.connect(made)
      }
      story.receive(one, 56)
      story.receive(other, 56)
      // The last that was read is not the one whose request goes out next.
      story.send(1000 + one, 56)
      story.send(1000 + other, 56)
      for client in round.isMultiple(of: 2) ? [one, other] : [other, one] {
        story.receive(1000 + client, 20107)
        story.send(client, 20107)
      }
    }
    let outcome = story.outcome()
    #expect(outcome.certain == Set((1...40).map { [UInt64($0), UInt64($0) + 1000] }))
  }

  @Test func `answers that were read together are told by none that is as long`() {
    var story = Story()
    for round in 0..<20 {
      let (one, other) = (round * 2 + 1, round * 2 + 2)
      for client in [one, other] {
        story.receive(client, 56)
        story.connect(1000 + client)
      }
      story.send(1000 + other, 56)
      story.send(1000 + one, 56)
      story.receive(1000 + one, 300)
      story.receive(1000 + other, 300)
      // The first that is sent is not the last that was read.
      story.send(one, 300)
      story.send(other, 300)
    }
    let truth = Set((1...40).map { [UInt64($0), UInt64($0) + 1000] })
    #expect(story.outcome().certain.isSubset(of: truth))
  }

  @Test func `a client of an open tunnel still waits for its answer`() {
    var story = Story()
    story.receive(1, 70)
    story.connect(1001)
    story.send(1, 39)
    // Its tunnel is open, and nothing has come through it: what is made now may be for three.
    story.receive(2, 70)
    story.receive(3, 70)
    story.connect(1002)
    story.send(1002, 80)
    story.receive(1002, 400)
    let (certain, open) = story.outcome()
    #expect(certain.isEmpty)
    #expect(open.map(\.candidates) == [3])
  }

  @Test func `a connection that is made when a handshake is over serves what comes after it`() {
    var story = Story()
    var truth: Set<[UInt64]> = []
    for client in 1...100 {
      let (made, other) = (1000 + client, 1 + (client + 50) % 100)
      // TLS: hello, finished, tickets; then the request, which is sent on when others were read.
      story.receive(client, 517)
      story.send(client, 764)
      story.receive(client, 80)
      story.send(client, 271)
      story.connect(made)
      story.receive(client, 95)
      if client > 60 {
        story.receive(other, 24)
        story.send(other, 24)
      }
      story.send(made, 73)
      story.receive(made, 405)
      story.send(client, 427)
      truth.insert([UInt64(client), UInt64(made)])
    }
    let certain = story.outcome().certain
    #expect(certain.isSubset(of: truth))
    #expect(certain.count >= 95)
  }

  @Test func `a connection that is used again serves each client in turn`() {
    var story = Story()
    for round in 0..<60 {
      let client = 1 + round % 3
      story.receive(client, 100)
      if round == 0 { story.connect(1000) }
      story.send(1000, 90)
      story.receive(1000, 500)
      story.send(client, 510)
    }
    var pairing = story.pairing
    let pairs = pairing.pairs()
    #expect(Set(pairs.map(\.inbound)) == [1, 2, 3])
    #expect(pairs.allSatisfy { $0.candidates == 1 && $0.exchanges == 20 && $0.bytesOut == 1800 && $0.bytesIn == 10000 })
  }

  @Test func `a connect that fails is made up for by the next, for the same client`() {
    var story = Story()
    for client in 1...20 {
      story.receive(client)
      story.connect(1000 + client)
    }
    for client in 1...20 {
      // Something else is read in between.
      story.receive(100 + client)
      story.connect(3000 + client)
      story.close(1000 + client)
      story.connect(2000 + client)
    }
    for client in 1...20 {
      for made in [2000 + client, 3000 + client] { story.send(made) }
    }
    for client in (1...20).reversed() {
      story.receive(2000 + client)
      story.send(client)
      story.receive(3000 + client)
      story.send(100 + client)
    }
    let certain = story.outcome().certain
    var truth: Set<[UInt64]> = []
    for client: UInt64 in 1...20 {
      truth.insert([client, 2000 + client])
      truth.insert([100 + client, 3000 + client])
    }
    #expect(certain == truth)
  }

  @Test func `a connection that the program makes by itself belongs to nobody`() {
    var story = Story()
    for round in 0..<50 {
      for client in 1...3 {
        let made = 1000 + round * 10 + client
        story.receive(client)
        story.connect(made)
        story.send(made)
      }
      // A health check, right after a read of a client that waits.
      let check = 1000 + round * 10 + 9
      story.connect(check)
      story.send(check)
      story.receive(check)
      story.close(check)
      for client in 1...3 {
        story.receive(1000 + round * 10 + client)
        story.send(client)
      }
    }
    let certain = story.outcome().certain
    #expect(!certain.contains { $0[1] % 10 == 9 })
    #expect(certain.allSatisfy { $0[0] == $0[1] % 10 })
  }

  @Test func `an answer of a resolver between read and connect leaves the cause open`() {
    var story = Story()
    for round in 0..<30 {
      for client in 1...2 { story.receive(client) }
      for client in 1...2 {
        story.tell(.other, 0)
        story.connect(1000 + 2 * round + client)
      }
      for client in 1...2 {
        story.send(1000 + 2 * round + client)
        story.receive(1000 + 2 * round + client)
        story.send(client)
      }
    }
    let certain = story.outcome().certain
    #expect(certain.allSatisfy { $0[0] == 1 + ($0[1] - 1001) % 2 })
  }

  @Test func `work that is handed to another thread is ambiguous, with the number of candidates`() {
    var story = Story()
    for client in 1...5 { story.tell(.receive(bytes: 100), client, thread: 1) }
    for client in 1...5 { story.tell(.send(bytes: 100), 1000 + client, thread: 2) }
    for client in 1...5 { story.tell(.receive(bytes: 50), 1000 + client, thread: 1) }
    for client in 1...5 { story.tell(.send(bytes: 50), client, thread: 2) }
    let (certain, open) = story.outcome()
    #expect(certain.isEmpty)
    #expect(open.count == 5)
    #expect(open.allSatisfy { $0.candidates == 5 })
  }

  @Test func `work that is handed over in one buffer is followed`() {
    var story = Story()
    for client in 1...5 { story.tell(.receive(bytes: 100), client, thread: 1, buffer: UInt64(client) << 16) }
    for client in [3, 1, 2, 5, 4] {
      story.tell(.send(bytes: 100), 1000 + client, thread: 2, buffer: UInt64(client) << 16)
    }
    for client in 1...5 { story.tell(.receive(bytes: 50), 1000 + client, thread: 1, buffer: UInt64(client) << 20) }
    for client in [2, 4, 1, 3, 5] { story.tell(.send(bytes: 50), client, thread: 2, buffer: UInt64(client) << 20) }
    let (certain, open) = story.outcome()
    #expect(certain == [[1, 1001], [2, 1002], [3, 1003], [4, 1004], [5, 1005]])
    #expect(open.isEmpty)
  }

  @Test func `after lost events nothing is claimed of that process, and of another it is`() {
    var story = Story()
    func exchange(_ client: Int, _ made: Int) {
      story.receive(client)
      story.connect(made)
      story.send(made)
      story.receive(made)
      story.send(client)
      story.close(made)
    }
    exchange(1, 1001)
    story.lost = 7
    exchange(2, 1002)
    (story.process, story.thread, story.lost) = (20, 20, 0)
    exchange(3, 1003)
    let (certain, open) = story.outcome()
    #expect(certain == [[1, 1001], [3, 1003]])
    #expect(open.map(\.outbound) == [1002])
  }

  @Test func `any events in any order are taken`() {
    var random = SeededNumbers(3)
    for _ in 0..<50 {
      var pairing = CausalPairing(limit: 500)
      for step in 0..<4000 {
        let kinds: [RelayEvent.Kind] = [
          .connect, .send(bytes: .random(in: -5...(1 << 40), using: &random)),
          .receive(bytes: .random(in: -5...(1 << 40), using: &random)),
          .receiveInVain, .close, .other,
        ]
        let socket = UInt64.random(in: 0...30, using: &random)
        pairing.add(
          RelayEvent(
            kinds.randomElement(using: &random) ?? .other,
            time: UInt64.random(in: 0...UInt64(step + 1), using: &random) * 1_000_000,
            process: .random(in: 0...2, using: &random), thread: .random(in: 0...3, using: &random), socket: socket,
            isOutbound: .random(using: &random), lost: UInt32.random(in: 0...20, using: &random) / 20,
            buffer: .random(in: 0...8, using: &random)))
      }
      let pairs = pairing.pairs()
      #expect(pairs.allSatisfy { $0.candidates > 1 || ($0.candidates == 1 && $0.inbound != nil) })
      #expect(pairing.exchanges.count <= 500)
    }
  }

  @Test func `waiting sockets come out in either order, once each`() {
    var waiting = WaitingSockets()
    for socket in [5, 6, 7, 8, 5] { waiting.append(socket) }
    waiting.remove(6)
    #expect(waiting.popFirst() == 5)
    #expect(waiting.popLast() == 8)
    waiting.append(6)
    #expect(waiting.popFirst() == 7)
    #expect(waiting.popLast() == 6)
    #expect(waiting.popFirst() == nil)
    #expect(waiting.popLast() == nil)
    for socket in 0..<5000 { waiting.append(socket) }
    for socket in 0..<5000 { #expect(waiting.popFirst() == socket) }
  }
}
