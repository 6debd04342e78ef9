internal import Flows
public import Questions

extension TunnelQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<TunnelAnswer?> {
    try host.withState { state in
      _ = try state.namespaces.sockets(of: place)
      guard let answer = state.tunnel(toward: address, through: interface, in: place) else { return Told(nil) }
      var evidence = answer.evidence
      if let process = answer.owner.process {
        let device = answer.tunnel.interface ?? "the device"
        evidence.insert(
          Evidence(
            "/proc", "\(device) is held open by \(process.name) (pid \(process.pid))",
            command: "grep -H iff: /proc/\(process.pid)/fdinfo/*"), at: 0)
      }
      return Told(answer, evidence: evidence)
    }
  }
}
