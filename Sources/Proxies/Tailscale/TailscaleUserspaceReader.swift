public import Flows
public import LinuxSystem
internal import Programs

/// Reads `tailscaled` without a device (`--tun=userspace-networking`). It takes its peers' connections out of the
/// tunnel itself and opens new ones, so a service sees all of them come from this process.
public struct TailscaleUserspaceReader: RelayReader {
  public let software = "tailscale"
  public let kind = "network without a device"
  public let programs: ProgramNames = ["tailscaled"]
  public let reads: RelayAbilities = []
  public let usualLogs: [String] = []
  public var script: CollectingStep? { nil }

  public init() {}

  public func read(_ program: RunningProgram) -> any RelayReading { reading(program.process) }

  public func read(_ program: RecordedProgram) -> any RelayReading { reading(program.process) }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }

  private func reading(_ process: Process) -> TailscaleUserspaceReading {
    TailscaleUserspaceReading(isUserspace: TailscaleCommandLine(process.command ?? []).isUserspace, process: process)
  }
}

private struct TailscaleUserspaceReading: RelayReading {
  let isUserspace: Bool
  let process: Process

  var problems: [String] {
    guard isUserspace else { return [] }
    return [
      "tailscaled (pid \(process.pid)) has no device (userspace-networking): its peers' connections look like its own,"
        + " and it does not tell which peer makes which"
    ]
  }

  func answer() -> RelayAnswer {
    RelayAnswer(software: "tailscale", isRelay: isUserspace, isOneToOne: false, notes: problems)
  }

  func sites() -> SitesAnswer? { nil }
  func logs() -> [ServedLog] { [] }
  func files() -> ProgramEvidence { ProgramEvidence() }
}
