internal import Capture
public import Flows

/// Copies the packets of some flows from capture files into a new one.
public struct PacketExtract: ~Copyable {
  private let flows: Set<Flow>
  private let pairs: Set<Flow>
  private var writer = CaptureWriter()
  private var numbers: [Int: Int] = [:]
  public private(set) var packets: UInt64 = 0
  /// Files that were not read to their end, and why.
  public private(set) var failures: [String] = []

  /// - Parameter flows: in the order that `Flow.unordered` gives.
  public init(_ flows: Set<Flow>) {
    self.flows = flows
    pairs = Set(flows.map(Self.withoutPorts))
  }

  private static func withoutPorts(_ flow: Flow) -> Flow {
    Flow(flow.transport, from: Endpoint(flow.source.address, 0), to: Endpoint(flow.destination.address, 0)).unordered
  }

  /// The start of the new file.
  ///
  /// - Parameter application: who writes it.
  public func start(application: String) -> [UInt8] { writer.section(application: application) }

  /// Gives the blocks of the packets of one file to `write`, until that returns false.
  public mutating func copy(_ path: String, _ write: ([UInt8]) -> Bool) {
    do throws(CaptureFileError) {
      var capture = try StreamedCapture(path)
      numbers = [:]
      var isFirst = true
      while capture.advance() {
        guard let packet = capture.packet else { break }
        let frame = capture.withFrame { frame in
          Self.matches(frame, packet, flows, pairs) ? frame.copy(0..<frame.byteCount) : nil
        }
        guard let frame else { continue }
        var blocks: [UInt8] = []
        if isFirst {
          for process in capture.processes where process.pid != nil { blocks += writer.process(process) }
          isFirst = false
        }
        if numbers[packet.place] == nil {
          let interface = capture.interfaces[packet.place]
          numbers[packet.place] = writer.interfaces
          blocks += writer.interface(
            interface.link, longest: interface.longest, name: interface.name, description: interface.description)
        }
        blocks += writer.packet(
          frame, interface: numbers[packet.place] ?? 0, time: packet.time, wireLength: packet.wireLength,
          remark: packet.remark)
        packets += 1
        guard write(blocks) else { return }
      }
      if let failure = capture.failure { failures.append("\(path): \(failure)") }
    } catch {
      failures.append("\(path): \(error)")
    }
  }

  private static func matches(
    _ frame: RawSpan, _ packet: CapturedPacket, _ flows: Set<Flow>, _ pairs: Set<Flow>
  ) -> Bool {
    let dissected = Dissector.dissect(frame, link: packet.link, wireLength: packet.wireLength)
    return [dissected.inner, dissected.outer].contains { layer in
      guard let layer else { return false }
      // Later fragments have no ports.
      return layer.isLaterFragment
        ? pairs.contains(withoutPorts(layer.flow)) : flows.contains(layer.flow.unordered)
    }
  }
}
