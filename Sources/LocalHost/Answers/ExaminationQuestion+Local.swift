internal import Flows
internal import LinuxSystem
internal import Netlink
internal import Questions

extension ExaminationQuestion: LocalQuestion {
  func answer(on host: LocalVantage) -> Told<Examination> {
    Told(Examination.ofThisHost(environment: host.environment))
  }
}

extension LookupQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<TrackedFlow?> {
    let connections = ConnectionTracking(try NetworkNamespaceSockets())
    for transport in [Transport.tcp, .udp] {
      let flow = Flow(transport, from: source, to: destination)
      let begin = MonotonicClock.seconds
      guard let entry = try connections.get(flow) ?? connections.get(flow.reversed) else { continue }
      let translation = Translation(original: entry.original, translated: entry.reply.reversed)
      return Told(TrackedFlow(translation, seconds: MonotonicClock.seconds - begin))
    }
    return Told(nil)
  }
}
