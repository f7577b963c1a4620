"""What a gateway shows of itself: metrics and logs. Never who a patient is, nor what a request says."""
