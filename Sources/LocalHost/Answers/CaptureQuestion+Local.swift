internal import Capture
internal import Flows
internal import LinuxSystem
internal import Questions

extension CaptureQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<CaptureStart> {
    let hardware = host.withState { state -> Set<UInt16> in
      state.refresh(olderThan: 0.05)
      let wanted = places.isEmpty ? state.namespaces.descriptions.map(\.id) : Array(places)
      let links = wanted.flatMap { state.namespaces.links($0) }
      // Every namespace has `tunl0` and others of its kind once a module is loaded.
      return Set(links.filter { $0.isUp && (interface == nil || $0.index == interface) }.map(\.hardwareType))
    }
    let capture = try LocalCapture(self, link: CaptureFrames.link(of: hardware))
    host.following.capture = capture
    return Told(capture.start)
  }
}

extension PacketsQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<PacketBatch> {
    guard let capture = host.following.capture else { throw LocalRefusal(.failed, "nothing is captured") }
    let batch = capture.next(within: seconds, isLast: isLast) { source in
      let place = source.place
      (source.name, source.placeName) = host.withState { state in
        state.refresh(olderThan: 1)
        let link = state.namespaces.links(place).first { $0.index == source.index }
        return (link?.name, state.namespaces.name(place))
      }
    } mustStop: {
      host.mustEnd
    }
    return Told(batch)
  }
}
