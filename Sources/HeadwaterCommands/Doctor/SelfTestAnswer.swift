internal import Documents
internal import LinuxSystem
internal import Meter
internal import SelfTest
internal import Views

/// The resolved request of `headwater doctor --selftest`.
struct SelfTestRequest {
  /// The meter to test; nil for the eBPF meter with the fallback for comparison.
  let meter: MeterKind?

  /// Sends known traffic of each kind between two new namespaces, and compares what the meters counted.
  func answer(_ output: Output) throws -> SelfTestAnswer {
    let root = try UnifiedCgroup()
    let forced = meter
    let test = SelfTest(
      meter: { namespaces in
        if forced == .sockets { return try SocketsMeter(namespaces: namespaces) }
        return try EBPFMeter(cgroupRoot: root.path)
      },
      fallback: { namespaces in forced == nil ? try? SocketsMeter(namespaces: namespaces) : nil })
    let showsEach = output.isVerbose && !output.isJSON
    let results = try test.run { result in
      if showsEach { Console.report(lines: result.lines.map { Line($0) }) }
    }
    return SelfTestAnswer(document: SelfTestDocument(results))
  }
}

/// The result for each kind of traffic.
struct SelfTestAnswer: Answer {
  let document: SelfTestDocument<SelfTestResult>

  var status: ExitStatus {
    let hasFailed = document.results.contains { if case .failed = $0.outcome { true } else { false } }
    return hasFailed ? .noAnswer : .answered
  }

  func lines(_ output: Output) -> [Line] {
    let results = document.results
    var table = TextTable([
      .init("KIND OF TRAFFIC"), .init("OWNER"), .init("SENT", .right), .init("COUNTED", .right), .init("RATIO", .right),
      .init("FALLBACK", .right), .init("RESULT"),
    ])
    for result in results {
      let verdict: TextTable.Cell =
        switch result.outcome {
        case .passed: .init("passed", .good)
        case .limited(let reason): .init("limited: \(reason)", .warning)
        case .failed(let reason): .init("FAILED: \(reason)", .bad)
        case .skipped(let reason): .init("skipped: \(reason)", .warning)
        }
      let owner: TextTable.Cell =
        switch result.ownerRight {
        case true?: .init("right")
        case false?: .init("WRONG", .bad)
        case nil: .init("-")
        }
      table.add([
        .init(result.title), owner, .init(result.sides.isEmpty ? "-" : "\(result.sentBytes)"),
        .init(result.sides.isEmpty ? "-" : "\(result.countedBytes)"), .init(percent(result.ratio)),
        .init(percent(result.fallbackRatio)), verdict,
      ])
    }
    let passed = results.filter { $0.outcome == .passed }.count
    let skipped = results.filter { if case .skipped = $0.outcome { true } else { false } }.count
    let limited = results.filter { if case .limited = $0.outcome { true } else { false } }.count
    let failed = results.count - passed - skipped - limited
    let meter = results.first?.meter.rawValue ?? "no"
    return table.lines(width: output.width) + [
      Line(),
      Line(
        "\(meter) meter: \(passed) of \(results.count) kinds passed (right owner, within \(Int(SelfTest.tolerance * 100)) % of the bytes), "
          + (limited > 0 ? "\(limited) limited, " : "")
          + "\(failed) failed, \(skipped) skipped; bytes are network-layer bytes of both ends",
        failed == 0 ? .good : .bad),
    ]
  }

  private func percent(_ ratio: Double?) -> String {
    guard let ratio, ratio.isFinite, ratio < 1000 else { return "-" }
    let hundredths = Int((ratio * 10000).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) %"
  }
}
