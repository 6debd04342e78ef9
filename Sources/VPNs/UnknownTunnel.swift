public import Flows

/// The answer for a tun or tap device without a reader.
public enum UnknownTunnel {
  /// The answer for a device that a program without a reader holds, or that no visible process holds open
  /// (`ip tuntap add … mode tun`).
  public static func answer(behind device: String, of owner: Owner) -> TunnelAnswer {
    let reason =
      owner.process.map { "headwater does not know the tunnel software \($0.name)" }
      ?? owner.reason ?? "no visible process holds the device open"
    return TunnelAnswer(
      tunnel: Tunnel(type: "tun", interface: device), owner: owner, certainty: .unknown,
      reason: "client unknown, because \(reason)")
  }
}
