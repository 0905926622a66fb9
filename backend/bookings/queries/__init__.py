"""SQL of bookings: `loading` finds them, `listing` pages through them, `writing` changes them, `wall_times` shifts them."""
