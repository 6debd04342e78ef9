internal import CMeter
internal import Flows
internal import LinuxSystem

/// The packet sockets of a watch for names, one per namespace.
struct NameWatchState {
  let names: OpaquePointer
  private(set) var sockets: [Place: Int32] = [:]
  /// Why a namespace is not captured.
  private var refusals: [Place: String] = [:]
  private var leftOut = 0
  private var refusedBefore: UInt64 = 0

  /// How many bytes the kernel may keep for each socket until it is read. The packets of one turn fit into the first.
  private static let room: (own: UInt32, other: UInt32) = (4 << 20, 256 << 10)

  init(names: OpaquePointer) { self.names = names }

  mutating func lookAround(most: Int) throws(MeterError) {
    let catalog: NamespaceCatalog
    do { catalog = try NamespaceCatalog() } catch {
      throw MeterError(.failed, "find network namespaces", cause: "\(error)")
    }
    let present = Set(catalog.namespaces.map(\.id))
    for (id, socket) in sockets where !present.contains(id) {
      // The socket would keep the namespace alive.
      hw_names_remove(names, socket)
      sockets[id] = nil
    }
    refusals = refusals.filter { present.contains($0.key) }
    leftOut = 0
    var denial: MeterError?
    for namespace in catalog.namespaces where sockets[namespace.id] == nil && refusals[namespace.id] == nil {
      guard sockets.count < most else {
        leftOut += 1
        continue
      }
      do { try open(namespace) } catch {
        refusals[namespace.id] = error.cause
        denial = denial ?? error
      }
    }
    if sockets.isEmpty, let denial { throw denial }
  }

  private mutating func open(_ namespace: NetworkNamespace) throws(MeterError) {
    let address = Int(bitPattern: names)
    let room = namespace.isHost || namespace.isOwn ? Self.room.own : Self.room.other
    let socket: Int32
    do {
      let open: @Sendable () throws -> Int32 = {
        try checked("copy packets", hw_names_open_socket(OpaquePointer(bitPattern: address), room))
      }
      socket = try namespace.isOwn ? open() : inNetworkNamespace(namespace.path, open)
    } catch {
      let errno = (error as? SystemError)?.errno
      // To enter another namespace needs the second.
      let needed: Capabilities = namespace.isOwn ? .CAP_NET_RAW : [.CAP_NET_RAW, .CAP_SYS_ADMIN]
      let lacking = errno?.isDenial == true ? needed.subtracting(.effective()) : []
      throw MeterError(
        errno?.isDenial == true ? .denied : .failed, "read packets with names",
        cause: (namespace.isOwn ? "\(error)" : errno.map { "\($0)" } ?? "\(error)")
          + (lacking.isEmpty ? "" : " (\(lacking))"))
    }
    let status = hw_names_add(names, socket, namespace.id.namespace)
    guard status == 0 else {
      _ = Descriptor(owning: socket)
      throw MeterError(.failed, "read packets with names", cause: "\(Errno(-status))")
    }
    sockets[namespace.id] = socket
  }

  /// Delivers the waiting packets with names at `address`.
  static func take(_ address: UInt, most: Int, _ body: (RawSpan, Place) -> Void) -> Int {
    guard let names = OpaquePointer(bitPattern: address) else { return 0 }
    return withoutActuallyEscaping(body) { body in
      var call = body
      return withUnsafeMutablePointer(to: &call) { context in
        hw_names_take(
          names, 0, most,
          { bytes, size, tag, context in
            guard let bytes, let context else { return }
            let packet = UnsafeRawBufferPointer(start: bytes, count: size)
            context.assumingMemoryBound(to: ((RawSpan, Place) -> Void).self)
              .pointee(packet.bytes, Place(namespace: tag))
          }, context)
      }
    }
  }

  mutating func takeNotes() -> [String] {
    var notes: [String] = []
    let lost = hw_names_take_lost(names)
    if lost > 0 { notes.append("\(lost) packets with names came too fast to be read") }
    var counts = hw_names_counts()
    if hw_names_counts(names, &counts) == 0, counts.refused > refusedBefore {
      notes.append(
        "\(counts.refused - refusedBefore) packets with names were not read: at most \(NameWatch.mostPerSecond) a second are"
      )
      refusedBefore = counts.refused
    }
    if leftOut > 0 {
      notes.append(
        "names are not read inside \(leftOut) network namespaces: there are more than \(NameWatch.mostNamespaces)")
    }
    for (reason, ids) in Dictionary(grouping: refusals, by: \.value).sorted(by: { $0.key < $1.key }) {
      notes.append(
        "names are not read inside \(ids.count) network \(ids.count == 1 ? "namespace" : "namespaces"): \(reason)")
    }
    return notes
  }
}
